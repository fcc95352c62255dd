#pragma once

#include "scripted_peer.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tally::test {

/// A stand-in for tally behind nginx. It records each request and responds with 200.
class upstream {
public:
  /// The bytes of the response to the head of a request.
  using responder = std::function<std::string(const std::string& request)>;

  /// Responds as the script of a test says.
  explicit upstream(responder respond);
  /// Serves `max_requests` on each connection, then reads one more and closes the connection.
  explicit upstream(int max_requests = std::numeric_limits<int>::max());

  std::uint16_t port() const { return peer_.port(); }
  int connections() const { return peer_.connections(); }
  /// The heads of all requests so far, each with its empty line.
  std::vector<std::string> requests() const;

private:
  void serve(tcp_stream& connection);

  responder respond_;
  int max_requests_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  scripted_peer peer_; // last: its thread uses the other members
};

/// The bytes of a response with these fields ("Name: value\r\n...") and this body.
std::string response_text(std::string_view status, std::string_view fields, std::string_view body);

} // namespace tally::test
