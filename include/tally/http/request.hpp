#pragma once

#include <boost/beast/http/verb.hpp>

#include <string>

namespace tally {

/// What of a request decides its answer, and the id it has in logs.
struct request {
  boost::beast::http::verb method = boost::beast::http::verb::unknown;
  /// As it stood in the request line: any form, with its query.
  std::string target;
  /// The browser asks ahead of a visit that may never come.
  bool prefetch = false;
  /// Its X-Request-ID, which the logs of nginx and Tally share. Empty if there is none, or if it is
  /// not fit for a log.
  std::string id;
};

} // namespace tally
