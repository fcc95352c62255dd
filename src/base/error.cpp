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
    case errc::refused:
      return "the store refused the command";
    case errc::rejected:
      return "the store cannot carry out the command";
    case errc::unknown:
      return "the store did not answer in time";
    case errc::bad_reply:
      return "the store gave no answer to what was asked";
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
