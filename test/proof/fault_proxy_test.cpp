#include "catch.hpp"
#include "fault_proxy.hpp"
#include "redis_client.hpp"
#include "redis_server.hpp"
#include "resp.hpp"
#include "tcp_stream.hpp"
#include "wait.hpp"

#include <cstddef>
#include <exception>
#include <string>
#include <vector>

using namespace tally::test;
using kind = fault::kind;

TEST_CASE("the proxy finds the end of each command and reply", "[proof]")
{
  for (const std::string whole :
       {"+OK\r\n", "-ERR no\r\n", ":7\r\n", "$-1\r\n", "$0\r\n\r\n", "$4\r\na\r\nb\r\n", "*0\r\n",
        "*2\r\n$4\r\nPING\r\n:1\r\n", "*2\r\n*1\r\n:1\r\n$1\r\na\r\n"}) {
    INFO(whole);
    for (std::size_t size = 0; size < whole.size(); ++size)
      CHECK(resp_size(whole.substr(0, size)) == 0);
    CHECK(resp_size(whole) == whole.size());
    CHECK(resp_size(whole + "+more") == whole.size());
  }
}

TEST_CASE("the proxy applies a fault to a batch and to nothing else", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  auto admin = redis.connect();
  const auto script = *admin.command({"SCRIPT", "LOAD", "return redis.call('INCR', KEYS[1])"});
  const std::vector<std::string> batch{"EVALSHA", script, "1", "n"};
  const auto counted = [&] { return admin.command({"GET", "n"}).value_or("0"); };

  redis_client client{proxy.port()};
  SECTION("no fault")
  {
    CHECK(client.command(batch) == "1");
  }
  SECTION("cut before the command")
  {
    proxy.inject({kind::cut_before});
    CHECK(client.command({"PING"}) == "PONG");
    CHECK_THROWS(client.command(batch));
    CHECK(counted() == "0");
    CHECK(redis_client{proxy.port()}.command(batch) == "1");
  }
  SECTION("cut after the command")
  {
    proxy.inject({kind::cut_after});
    CHECK_THROWS(client.command(batch));
    CHECK(counted() == "1");
  }
  SECTION("reply cut in half")
  {
    proxy.inject({kind::truncate});
    CHECK_THROWS(client.command(batch));
    CHECK(counted() == "1");
  }
  SECTION("another reply")
  {
    proxy.inject({kind::replace, "+no\r\n"});
    CHECK(client.command(batch) == "no");
    CHECK(client.command(batch) == "2");
  }
  SECTION("an additional reply")
  {
    proxy.inject({kind::append, "+no\r\n"});
    CHECK(client.command(batch) == "1");
    CHECK(client.command(batch) == "no");
  }
  SECTION("held and delivered late")
  {
    proxy.inject({kind::hold});
    CHECK_THROWS(client.command(batch));
    CHECK(proxy.held() == 1);
    CHECK(counted() == "0");
    CHECK(proxy.release() == std::vector<std::string>{":1\r\n"});
    CHECK(proxy.held() == 0);
    CHECK(counted() == "1");
  }
  SECTION("held behind a command that has no reply yet")
  {
    proxy.inject({kind::hold});
    tcp_stream stream{proxy.port()};
    stream.send("*3\r\n$5\r\nBLPOP\r\n$4\r\nlist\r\n$1\r\n0\r\n"
                "*4\r\n$7\r\nEVALSHA\r\n$40\r\n" +
                script + "\r\n$1\r\n1\r\n$1\r\nn\r\n");
    REQUIRE(eventually([&] { return proxy.held() == 1; }));
    admin.command({"RPUSH", "list", "element"});
    CHECK(proxy.release() == std::vector<std::string>{":1\r\n"});
    CHECK(counted() == "1");
  }
  SECTION("connections refused temporarily")
  {
    proxy.refuse_connections();
    CHECK_THROWS(client.command({"PING"}));
    CHECK(eventually([&] {
      try {
        redis_client{proxy.port()};
        return false;
      } catch (const std::exception&) {
        return true;
      }
    }));
    proxy.accept_connections();
    CHECK(eventually([&] {
      try {
        return redis_client{proxy.port()}.command({"PING"}) == "PONG";
      } catch (const std::exception&) {
        return false;
      }
    }));
  }
}
