#include <tally/base/error.hpp>

#include <string>

namespace tally {
namespace {

class category final : public boost::system::error_category {
public:
  const char* name() const noexcept override { return "tally"; }

  std::string message(int value) const override
  {
    switch (static_cast<errc>(value)) {
    case errc::unavailable:
      return "the store is not reachable";
    case errc::overloaded:
      return "too many visits are waiting";
    case errc::temporary_failure:
      return "the store refused the command";
    case errc::permanent_failure:
      return "the store cannot carry out the command";
    case errc::outcome_unknown:
      return "the store did not reply in time";
    case errc::bad_reply:
      return "the store sent an unexpected reply";
    case errc::counter_limit:
      return "there are as many counters as permitted";
    case errc::no_counter:
      return "there is no such counter";
    case errc::key_conflict:
      return "the idempotency key was used for another counter";
    case errc::no_memory_for_key:
      return "the store is almost full and takes no further idempotency key";
    }
    return "unknown error";
  }
};

} // namespace

const boost::system::error_category& error_category() noexcept
{
  static const category instance;
  return instance;
}

} // namespace tally
