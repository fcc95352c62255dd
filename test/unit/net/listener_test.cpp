#include "catch.hpp"

#include <tally/net/listener.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>

#include <cerrno>
#include <cstddef>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <list>
#include <string>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace {

// Owns the descriptors of a port.
class open_listeners {
public:
  explicit open_listeners(const tally::listening& listening)
  {
    for (const auto each : listening.descriptors)
      listeners_.emplace_back(loop_, listening.endpoint.protocol(), each);
  }

  const std::list<boost::asio::ip::tcp::acceptor>& all() const { return listeners_; }

private:
  boost::asio::io_context loop_;
  std::list<boost::asio::ip::tcp::acceptor> listeners_;
};

// Lets the kernel refuse sockets of IPv6 to the calling thread from now on.
bool disable_ipv6()
{
  sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{std::size(rules), rules};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

} // namespace

TEST_CASE("with port 0 all workers share a port that the system chooses", "[listener]")
{
  const auto listening = tally::listen("127.0.0.1", 0, 3);
  REQUIRE(listening.has_value());
  const open_listeners open{*listening};
  CHECK(listening->endpoint.port() != 0);
  CHECK(open.all().size() == 3);
  for (const auto& each : open.all())
    CHECK(each.local_endpoint() == listening->endpoint);
}

TEST_CASE("an error names the port on which another Tally listens", "[listener]")
{
  const auto listening = tally::listen("127.0.0.1", 0, 2);
  REQUIRE(listening.has_value());
  const open_listeners running{*listening};
  const auto second = tally::listen("127.0.0.1", listening->endpoint.port(), 2);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error() == "cannot listen on 127.0.0.1 port " +
                              std::to_string(listening->endpoint.port()) +
                              ": Address already in use; end what listens there or set PORT to "
                              "another");
}

TEST_CASE("an error names an address that this machine does not have", "[listener]")
{
  const auto listening = tally::listen("192.0.2.1", 0, 1); // RFC 5737: for documentation only
  REQUIRE_FALSE(listening.has_value());
  CHECK(listening.error().find("192.0.2.1") != std::string::npos);
}

TEST_CASE("without IPv6 in the kernel the default address is any address of IPv4", "[listener]")
{
  bool disabled = false;
  tally::result<tally::listening, std::string> listening = std::string{"not tried"};
  std::thread{[&] {
    disabled = disable_ipv6();
    listening = tally::listen("", 0, 2);
  }}.join();
  REQUIRE(disabled);
  REQUIRE(listening.has_value());
  const open_listeners open{*listening};
  CHECK(listening->endpoint.address().to_string() == "0.0.0.0");
  CHECK(open.all().size() == 2);
}

TEST_CASE("new connections are refused, and those in the queue stay", "[listener]")
{
  const auto listening = tally::listen("", 0, 2);
  REQUIRE(listening.has_value());
  const open_listeners open{*listening};
  boost::asio::io_context loop;
  const auto connect = [&](boost::asio::ip::tcp::socket& client, bool ipv6) {
    boost::system::error_code error;
    const boost::asio::ip::address address =
        ipv6 ? boost::asio::ip::address{boost::asio::ip::address_v6::loopback()}
             : boost::asio::ip::address{boost::asio::ip::address_v4::loopback()};
    client.connect({address, listening->endpoint.port()}, error);
    return error;
  };
  boost::asio::ip::tcp::socket queued{loop};
  REQUIRE_FALSE(connect(queued, false));
  for (const int each : listening->descriptors)
    REQUIRE_FALSE(tally::refuse_new_connections(each));

  boost::asio::ip::tcp::socket refused{loop};
  CHECK(connect(refused, false) == boost::asio::error::connection_refused);
  boost::asio::ip::tcp::socket refused_ipv6{loop};
  CHECK(connect(refused_ipv6, true)); // refused, or there is no IPv6
  int accepted = 0;
  for (const int each : listening->descriptors) {
    const int socket = accept4(each, nullptr, nullptr, SOCK_NONBLOCK);
    if (socket >= 0) {
      ++accepted;
      CHECK(write(socket, "hello", 5) == 5);
      close(socket);
    }
  }
  CHECK(accepted == 1);
  std::string received(5, ' ');
  CHECK(boost::asio::read(queued, boost::asio::buffer(received)) == 5);
}
