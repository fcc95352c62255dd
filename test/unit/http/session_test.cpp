#include "catch.hpp"
#include "unit/fake_counter.hpp"

#include <tally/base/log.hpp>
#include <tally/http/session.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/socket_stream.hpp>
#include <tally/web/router.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using boost::asio::ip::tcp;

namespace {

// A session on one end of a loopback connection, a client on the other.
class visitor {
public:
  fake_counter counter;
  tally::http_settings settings;

  // Sends it all, lets the session come to its end, and tells what came back.
  std::string says(std::string_view bytes)
  {
    connect();
    boost::asio::write(*client_, boost::asio::buffer(bytes));
    client_->shutdown(tcp::socket::shutdown_send);
    return all_of_it();
  }

  // The same, with a sweep in a time when every deadline has passed.
  std::string says_and_stalls(std::string_view bytes)
  {
    connect();
    boost::asio::write(*client_, boost::asio::buffer(bytes));
    poll();
    sweep_later();
    sweep_later(); // what is left is only the wait for our own end
    return all_of_it();
  }

  // The same as says(), with each piece read before the next is sent.
  std::string says_in_pieces(const std::vector<std::string>& pieces)
  {
    connect();
    for (const std::string& each : pieces) {
      boost::system::error_code refused; // the session may have answered and closed
      boost::asio::write(*client_, boost::asio::buffer(each), refused);
      poll();
    }
    boost::system::error_code ended;
    client_->shutdown(tcp::socket::shutdown_send, ended);
    return rest();
  }

  // Sends the second piece, and lets every deadline pass before the session has been told.
  std::string says_late(std::string_view first, std::string_view second)
  {
    connect();
    boost::asio::write(*client_, boost::asio::buffer(first));
    poll();
    boost::asio::write(*client_, boost::asio::buffer(second));
    sweep_later();
    client_->shutdown(tcp::socket::shutdown_send);
    return rest();
  }

  // Asks to be let go while it sends.
  std::string says_when_idle_is_ended(std::string_view bytes)
  {
    connect();
    poll();
    boost::asio::write(*client_, boost::asio::buffer(bytes));
    shared_.draining = shared_.closing = true;
    session_->end_if_idle();
    client_->shutdown(tcp::socket::shutdown_send);
    return all_of_it();
  }

  void drain() { shared_.draining = true; }

private:
  // An answer that ends as it should, and not by a reset.
  std::string all_of_it()
  {
    serve_to_the_end();
    std::string answer;
    boost::system::error_code end;
    boost::asio::read(*client_, boost::asio::dynamic_buffer(answer), end);
    CHECK(end == boost::asio::error::eof);
    return answer;
  }

  std::string rest()
  {
    serve_to_the_end();
    std::string answer;
    boost::system::error_code end;
    boost::asio::read(*client_, boost::asio::dynamic_buffer(answer), end);
    return answer;
  }

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
    session_->run([this](const std::exception_ptr& failure) {
      ended_ = true;
      CHECK_FALSE(failure);
    });
  }

  // All that can be done now.
  void poll()
  {
    for (int turns = 0; turns != 20; ++turns) {
      loop_.post([] {}); // so that the turn does not wait
      loop_.run_turn();
    }
  }

  void serve_to_the_end()
  {
    while (!ended_)
      loop_.run_turn();
    session_.reset();
    stream_.reset();
  }

  void sweep_later()
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

std::string body_of(std::string_view message)
{
  return std::string{message.substr(message.find("\r\n\r\n") + 4)};
}

std::size_t occurrences(std::string_view in, std::string_view of)
{
  std::size_t n = 0;
  for (auto at = in.find(of); at != in.npos; at = in.find(of, at + of.size()))
    ++n;
  return n;
}

constexpr std::string_view get_count = "GET /count HTTP/1.1\r\nHost: a\r\n\r\n";

} // namespace

TEST_CASE_METHOD(visitor, "pipelined requests are answered in order", "[session]")
{
  std::string three;
  for (int i = 0; i != 3; ++i)
    three.append(get_count);
  const auto answer = says(three);
  CHECK(occurrences(answer, "HTTP/1.1 200 OK\r\n") == 3);
  CHECK(answer.find("\r\n\r\n1\n") < answer.find("\r\n\r\n2\n"));
  CHECK(answer.find("\r\n\r\n2\n") < answer.find("\r\n\r\n3\n"));
}

TEST_CASE_METHOD(visitor, "nothing is answered after Connection: close", "[session]")
{
  const auto answer =
      says("GET /count HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + std::string{get_count});
  CHECK(occurrences(answer, "HTTP/1.1 ") == 1);
  CHECK(answer.find("Connection: close\r\n") != answer.npos);
  CHECK(counter.visits == 1);
}

TEST_CASE_METHOD(visitor, "HTTP/1.0 closes, unless it is asked to keep", "[session]")
{
  CHECK(occurrences(says("GET /count HTTP/1.0\r\n\r\nGET /count HTTP/1.0\r\n\r\n"), "HTTP/1.1 ") ==
        1);
}

TEST_CASE_METHOD(visitor, "a body is never taken for a request", "[session]")
{
  const auto answer = says("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                           std::to_string(get_count.size()) + "\r\n\r\n" + std::string{get_count});
  CHECK(occurrences(answer, "HTTP/1.1 ") == 1);
  CHECK(counter.visits == 1);
}

TEST_CASE_METHOD(visitor, "a malformed request is answered 400 and ends the connection",
                 "[session]")
{
  const auto answer = says("GET /count HTTP/1.1\r\n\r\n" + std::string{get_count});
  CHECK(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  CHECK(answer.find("Connection: close\r\n") != answer.npos);
  CHECK(body_of(answer) == "bad request\n");
  CHECK(counter.visits == 0);
}

TEST_CASE_METHOD(visitor, "a header without end is refused at the limit", "[session]")
{
  const auto answer = says("GET /count HTTP/1.1\r\nX: " + std::string(30000, 'x'));
  CHECK(answer.starts_with("HTTP/1.1 431 "));
}

TEST_CASE_METHOD(visitor, "who waits for a 100 gets it before the answer", "[session]")
{
  const auto answer = says("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                           "Expect: 100-continue\r\n\r\n");
  CHECK(answer == "HTTP/1.1 100 Continue\r\n\r\n"); // and no more: the body never came
  CHECK(counter.visits == 0);
}

TEST_CASE_METHOD(visitor, "a chunked request may arrive in any two pieces", "[session]")
{
  const std::string chunked = "POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                              "\r\n3\r\nabc\r\n0\r\n\r\n";
  for (std::size_t cut = 1; cut != chunked.size(); ++cut)
    CHECK(
        says_in_pieces({chunked.substr(0, cut), chunked.substr(cut)}).starts_with("HTTP/1.1 200"));
  std::vector<std::string> bytes;
  for (const char each : chunked)
    bytes.emplace_back(1, each);
  CHECK(says_in_pieces(bytes).starts_with("HTTP/1.1 200"));
}

TEST_CASE_METHOD(visitor, "a header that comes in small pieces has the same limit", "[session]")
{
  std::vector<std::string> pieces{"GET /count HTTP/1.1\r\nHost: a\r\n"};
  for (int i = 0; i != 40; ++i)
    pieces.push_back("X: " + std::string(1000, 'x') + "\r\n");
  CHECK(says_in_pieces(pieces).starts_with("HTTP/1.1 431 "));
  CHECK(counter.visits == 0);
}

TEST_CASE_METHOD(visitor, "a deadline that passes while bytes arrive ends the request", "[session]")
{
  // The sweep comes when the bytes have arrived and the session has not been told yet.
  CHECK(says_late("GET /count HTTP/1.1\r\nHost: a\r\n", "X: y\r\n").starts_with("HTTP/1.1 408 "));
  CHECK(counter.visits == 0);
}

TEST_CASE_METHOD(visitor, "half a request that stalls is answered 408", "[session]")
{
  CHECK(says_and_stalls("GET /count HT").starts_with("HTTP/1.1 408 "));
  CHECK(counter.visits == 0);
}

TEST_CASE_METHOD(visitor, "an idle connection is closed in silence", "[session]")
{
  CHECK(says_and_stalls("").empty());
}

TEST_CASE_METHOD(visitor, "a body that stalls costs its visit, not the server", "[session]")
{
  const auto answer =
      says_and_stalls("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab");
  CHECK(answer.starts_with("HTTP/1.1 408 "));
  CHECK(counter.visits == 0);
}

TEST_CASE_METHOD(visitor, "a drain answers what has arrived, and nothing after that", "[session]")
{
  drain();
  const std::string two = std::string{get_count}.append(get_count);
  const auto answers = says_in_pieces({two, two});
  CHECK(counter.visits == 2);
  CHECK(occurrences(answers, "HTTP/1.1 200 ") == 2);
  CHECK(occurrences(answers, "Connection: close\r\n") == 1);
  CHECK(answers.find("Connection: close\r\n") > answers.rfind("HTTP/1.1 200 "));
}

TEST_CASE_METHOD(visitor, "a drain answers all that has arrived, in several reads", "[session]")
{
  drain();
  std::string many;
  for (int i = 0; i != 200; ++i)
    many += get_count;
  const auto answers = says(many);
  CHECK(counter.visits == 200);
  CHECK(occurrences(answers, "Connection: close\r\n") == 1);
}

TEST_CASE_METHOD(visitor, "a request that has arrived is served before its idle session ends",
                 "[session]")
{
  CHECK(says_when_idle_is_ended(get_count).starts_with("HTTP/1.1 200 "));
  CHECK(counter.visits == 1);
}

TEST_CASE_METHOD(visitor, "an idle session ends when it is asked to", "[session]")
{
  CHECK(says_when_idle_is_ended("").empty());
}

TEST_CASE_METHOD(visitor, "extensions and trailers without end are refused", "[session]")
{
  const std::string chunked =
      "POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(says(chunked + "1;" + std::string(30000, 'x')).starts_with("HTTP/1.1 431 "));
  CHECK(says(chunked + "0\r\nX: " + std::string(30000, 'x')).starts_with("HTTP/1.1 431 "));
  std::string many = chunked;
  for (int i = 0; i != 40; ++i)
    many += "1;" + std::string(1000, 'x') + "\r\na\r\n";
  CHECK(says(many + "0\r\n\r\n").starts_with("HTTP/1.1 413 "));
  CHECK(counter.visits == 0);
}
