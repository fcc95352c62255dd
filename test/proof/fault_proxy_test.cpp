#include "catch.hpp"
#include "fault_proxy.hpp"
#include "redis_client.hpp"
#include "redis_server.hpp"
#include "wait.hpp"

#include <string>
#include <vector>

using namespace tally::test;
using kind = fault::kind;

TEST_CASE("the proxy sees where a command or a reply ends", "[proof]")
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

TEST_CASE("a fault befalls a batch and nothing else", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  auto admin = redis.connect();
  const auto script = *admin.command({"SCRIPT", "LOAD", "return redis.call('INCR', KEYS[1])"});
  const std::vector<std::string> batch{"EVALSHA", script, "1", "n"};
  const auto counted = [&] { return admin.command({"GET", "n"}).value_or("0"); };

  redis_client client{proxy.port()};
  SECTION("none when none was asked for")
  {
    CHECK(client.command(batch) == "1");
  }
  SECTION("cut before the command")
  {
    proxy.next({kind::cut_before});
    CHECK(client.command({"PING"}) == "PONG");
    CHECK_THROWS(client.command(batch));
    CHECK(counted() == "0");
    CHECK(redis_client{proxy.port()}.command(batch) == "1");
  }
  SECTION("cut after the command")
  {
    proxy.next({kind::cut_after});
    CHECK_THROWS(client.command(batch));
    CHECK(counted() == "1");
  }
  SECTION("cut within the reply")
  {
    proxy.next({kind::truncate});
    CHECK_THROWS(client.command(batch));
    CHECK(counted() == "1");
  }
  SECTION("another reply")
  {
    proxy.next({kind::replace, "+no\r\n"});
    CHECK(client.command(batch) == "no");
    CHECK(client.command(batch) == "2");
  }
  SECTION("one reply too many")
  {
    proxy.next({kind::append, "+no\r\n"});
    CHECK(client.command(batch) == "1");
    CHECK(client.command(batch) == "no");
  }
  SECTION("held and delivered late")
  {
    proxy.next({kind::hold});
    CHECK_THROWS(client.command(batch));
    CHECK(proxy.held() == 1);
    CHECK(counted() == "0");
    CHECK(proxy.release() == std::vector<std::string>{":1\r\n"});
    CHECK(proxy.held() == 0);
    CHECK(counted() == "1");
  }
  SECTION("connections refused for a while")
  {
    proxy.refuse();
    CHECK_THROWS(client.command({"PING"}));
    CHECK(eventually([&] {
      try {
        redis_client{proxy.port()};
        return false;
      } catch (const std::exception&) {
        return true;
      }
    }));
    proxy.accept();
    CHECK(eventually([&] {
      try {
        return redis_client{proxy.port()}.command({"PING"}) == "PONG";
      } catch (const std::exception&) {
        return false;
      }
    }));
  }
}
