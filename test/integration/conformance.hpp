#pragma once

#include "redis_server.hpp"
#include "tally_process.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace tally::test {

/// One answer that has to come: a status, or any of several.
struct awaited_answer {
  awaited_answer(int status) : any_of{status} {}
  awaited_answer(std::vector<int> statuses) : any_of{std::move(statuses)} {}

  std::vector<int> any_of;
  bool to_head = false;
};

/// An answer without a body, whatever its Content-Length says.
awaited_answer to_head(int status);

/// What becomes of the connection.
enum class ending {
  stays,          ///< the next request is answered
  closes,         ///< the next request is neither executed nor answered
  closes_at_once, ///< the same, before the client sends another byte
  either,
};

/// What a client sends, and what has to come of it.
struct exchange {
  std::string name;
  std::string bytes;
  std::vector<awaited_answer> answers;
  int visits = 0;
  ending end = ending::stays;
  /// The last answer may be 400 or 501 as well; then nothing is counted and the connection closes.
  bool or_refused = false;
};

/// One visit, answered with 200; the connection goes on.
exchange served(std::string name, std::string bytes);
/// The same, or a refusal: where an RFC leaves the choice.
exchange served_or_refused(std::string name, std::string bytes);
/// One answer with one of these statuses, then the end.
exchange refused(std::string name, std::string bytes, std::vector<int> statuses = {400});

/// POST /count with these fields and this body.
std::string post(std::string_view fields, std::string_view body);
/// POST /count with a chunked body, as it goes over the wire.
std::string post_chunked(std::string_view body);

/// A tally and a Redis of its own that are put to exchanges.
class conformance {
public:
  explicit conformance(environment variables = {}) : tally_{redis_, std::move(variables)} {}

  /// Each exchange on connections of its own: in one piece, byte by byte, and behind another
  /// request; until it goes wrong the first time. Checks statuses, the form of errors, what becomes
  /// of the connection, and what Redis counted.
  void check(const std::vector<exchange>& all);

  const tally_process& tally() const { return tally_; }

private:
  enum class delivery { in_one_piece, byte_by_byte, behind_another };

  bool holds(const exchange& asked, delivery how);
  int deliver(const exchange& asked, delivery how) const;

  redis_server redis_;
  tally_process tally_;
  long long visits_ = 0;
};

} // namespace tally::test
