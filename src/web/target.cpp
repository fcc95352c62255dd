#include "web/target.hpp"

#include <boost/beast/core/string.hpp>

namespace tally {

std::string_view path_of(std::string_view target)
{
  target = target.substr(0, target.find('?'));
  if (target.starts_with('/'))
    return target;
  for (const std::string_view scheme : {"http://", "https://"})
    if (boost::beast::iequals(target.substr(0, scheme.size()), scheme)) {
      const auto slash = target.find('/', scheme.size());
      return slash == target.npos ? "/" : target.substr(slash);
    }
  return target;
}

std::string_view query_of(std::string_view target)
{
  const auto mark = target.find('?');
  return mark == target.npos ? "" : target.substr(mark + 1);
}

} // namespace tally
