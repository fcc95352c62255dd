#include "web/http_error.hpp"

#include <ostream> // needed by Beast's status.hpp, which does not include it

namespace tally {

using boost::beast::http::status;

// The text says whether the visit may have been counted, the status whether a retry is safe.
http_error to_http_error(error_code error, bool visit)
{
  if (error == errc::outcome_unknown || error == errc::bad_reply)
    return {status::gateway_timeout,
            visit ? "no answer in time: counted once or not at all" : "no answer in time", visit};
  if (error == errc::permanent_failure)
    return {status::internal_server_error,
            visit ? "not counted: the counter is broken" : "the counter is broken"};
  if (error == errc::counter_limit)
    return {status::forbidden,
            "not counted: there are as many counters as TALLY_MAX_COUNTERS permits"};
  if (error == errc::key_conflict)
    return {status::unprocessable_entity,
            "not counted: this Idempotency-Key was used for another counter"};
  if (error == errc::no_memory_for_key)
    return {status::service_unavailable,
            "not counted: no memory for an Idempotency-Key: try again shortly", false,
            std::chrono::seconds{1}};
  if (error == errc::no_counter)
    return {status::not_found, "no such counter"};
  return {status::service_unavailable,
          visit ? "not counted: try again shortly" : "try again shortly", false,
          std::chrono::seconds{1}};
}

} // namespace tally
