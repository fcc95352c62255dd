#pragma once

#include "catch.hpp"
#include "integration/text.hpp"
#include "unit/fake_counter.hpp"

#include <tally/base/clock.hpp>
#include <tally/base/log.hpp>
#include <tally/http/session.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/socket_stream.hpp>
#include <tally/web/router.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A client on one end of a loopback connection, and a session on the other. Each function opens a
/// connection, and returns what the client received until its end.
class session_client {
public:
  fake_counter counter;
  tally::http_settings settings;

  /// Sends `bytes` and FIN.
  std::string send(std::string_view bytes)
  {
    connect();
    write(bytes);
    client_->shutdown(tcp::socket::shutdown_send);
    return receive_until_fin();
  }

  /// Sends `bytes`, and lets every deadline pass.
  std::string send_and_stall(std::string_view bytes)
  {
    connect();
    write(bytes);
    run_turns();
    expire();
    expire(); // the session has responded and waits for the client's FIN
    return receive_until_fin();
  }

  /// Sends each piece after the session has read the piece before it.
  std::string send_in_pieces(const std::vector<std::string>& pieces)
  {
    connect();
    for (const std::string& each : pieces) {
      boost::system::error_code ignored; // the session may have responded and closed
      boost::asio::write(*client_, boost::asio::buffer(each), ignored);
      run_turns();
    }
    boost::system::error_code ignored;
    client_->shutdown(tcp::socket::shutdown_send, ignored);
    return receive();
  }

  /// Sends `second`, and lets every deadline pass before an event has reported it.
  std::string send_late(std::string_view first, std::string_view second)
  {
    connect();
    write(first);
    run_turns();
    write(second);
    expire();
    client_->shutdown(tcp::socket::shutdown_send);
    return receive();
  }

  /// Sends `bytes` while the idle session is asked to end.
  std::string send_during_end_if_idle(std::string_view bytes)
  {
    connect();
    run_turns();
    write(bytes);
    shared_.draining = shared_.closing = true;
    session_->end_if_idle();
    client_->shutdown(tcp::socket::shutdown_send);
    return receive_until_fin();
  }

  void drain() { shared_.draining = true; }

private:
  using tcp = boost::asio::ip::tcp;

  void connect()
  {
    tcp::acceptor listener{context_, {boost::asio::ip::address_v4::loopback(), 0}};
    client_.emplace(context_);
    client_->connect(listener.local_endpoint());
    tcp::socket accepted{context_};
    listener.accept(accepted);
    accepted.native_non_blocking(true);
    ended_ = false;
    session_.reset();
    stream_.emplace(accepted.release(), loop_);
    session_.emplace(*stream_, shared_);
    session_->run([this](const std::exception_ptr& error) {
      ended_ = true;
      CHECK_FALSE(error);
    });
  }

  void write(std::string_view bytes) { boost::asio::write(*client_, boost::asio::buffer(bytes)); }

  std::string receive()
  {
    boost::system::error_code end;
    return receive(end);
  }

  // The connection must end with FIN, not with a reset.
  std::string receive_until_fin()
  {
    boost::system::error_code end;
    std::string received = receive(end);
    CHECK(end == boost::asio::error::eof);
    return received;
  }

  std::string receive(boost::system::error_code& end)
  {
    while (!ended_)
      loop_.run_turn();
    session_.reset();
    stream_.reset();
    std::string received;
    boost::asio::read(*client_, boost::asio::dynamic_buffer(received), end);
    return received;
  }

  // Runs enough turns for the session to do all that it can do now.
  void run_turns()
  {
    for (int turns = 0; turns != 20; ++turns) {
      loop_.post([] {}); // so that the turn does not wait
      loop_.run_turn();
    }
  }

  // Sweeps as if every deadline had passed.
  void expire()
  {
    if (!ended_)
      session_->sweep(tally::clock::now() + std::chrono::hours{1});
  }

  boost::asio::io_context context_; // of the client, which blocks
  tally::event_loop loop_;
  tally::log log_{-1, tally::log_level::error};
  tally::router router_{counter};
  tally::session::shared shared_{router_, settings, log_, {}};
  std::optional<tcp::socket> client_;
  std::optional<tally::socket_stream> stream_;
  std::optional<tally::session> session_;
  bool ended_ = false;
};

inline constexpr std::string_view count_request = "GET /count HTTP/1.1\r\nHost: a\r\n\r\n";

using tally::test::occurrences;
