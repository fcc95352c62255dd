#include <tally/net/pending_total.hpp>

namespace tally {

void fail_all(pending_totals& totals, errc error)
{
  pending_totals failing;
  failing.swap(totals);
  while (!failing.empty())
    failing.front().settle(make_error_code(error));
}

} // namespace tally
