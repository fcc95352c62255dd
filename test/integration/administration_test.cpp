// What tally list, get, set and delete do.
#include "administration.hpp"
#include "catch.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "temporary_folder.hpp"
#include "text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

using namespace tally::test;

namespace {

bool registered(const redis_server& redis, const std::string& name)
{
  return redis.connect().command({"SISMEMBER", "{visits}:.names", name}) == "1";
}

std::optional<std::string> epoch(const redis_server& redis)
{
  return redis.connect().command({"GET", "{visits}:.epoch"});
}

void check_unknown(const finished& run, const std::string& name)
{
  INFO(run.errors);
  CHECK(run.status == 1);
  CHECK(run.output.empty());
  CHECK(is_one_line(run.errors));
  CHECK(contains(run.errors, '"' + name + '"'));
}

} // namespace

TEST_CASE("tally set and delete change counter, register and epoch together", "[integration]")
{
  redis_server redis;
  CHECK(succeeds_silently(
      administer(redis, {"set", "blog/home", "1200"}, {{"TALLY_LOG_LEVEL", "debug"}})));
  CHECK(redis.connect().command({"GET", "{visits}:blog/home"}) == "1200");
  CHECK(registered(redis, "blog/home"));
  CHECK(epoch(redis) == "1");

  CHECK(succeeds_silently(administer(redis, {"delete", "blog/home"})));
  CHECK(redis.connect().command({"GET", "{visits}:blog/home"}) == std::nullopt);
  CHECK_FALSE(registered(redis, "blog/home"));
  CHECK(epoch(redis) == "2");
}

TEST_CASE("tally get and delete exit with 1 for an unknown counter", "[integration]")
{
  redis_server redis;
  check_unknown(administer(redis, {"get", "home"}), "home");
  check_unknown(administer(redis, {"get", "--json", "home"}), "home");
  check_unknown(administer(redis, {"delete", "home"}), "home");
  CHECK(epoch(redis) == std::nullopt);
}

TEST_CASE("the default counter is 0 before its first visit, and is never registered",
          "[integration]")
{
  redis_server redis;
  CHECK(administer(redis, {"get", "visits"}).output == "0\n");
  check_unknown(administer(redis, {"delete", "visits"}), "visits");
  CHECK(succeeds_silently(administer(redis, {"set", "visits", "7"})));
  CHECK(redis.visits() == 7);
  CHECK_FALSE(registered(redis, "visits"));
  CHECK(administer(redis, {"get", "visits"}).output == "7\n");
  CHECK(succeeds_silently(administer(redis, {"delete", "visits"})));
  CHECK(administer(redis, {"get", "visits"}).output == "0\n");
}

TEST_CASE("tally get prints the number, or JSON", "[integration]")
{
  redis_server redis;
  const std::string number = GENERATE("0", "1200", "9223372036854775807");
  CHECK(succeeds_silently(administer(redis, {"set", "home", number})));
  const auto text = administer(redis, {"get", "home"});
  CHECK(text.status == 0);
  CHECK(text.output == number + '\n');
  CHECK(text.errors.empty());
  const auto json = "{\"name\":\"home\",\"total\":" + number + "}\n";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"get", "--json", "home"}, {"get", "home", "--json"}}) {
    const auto run = administer(redis, arguments);
    CHECK(run.status == 0);
    CHECK(run.output == json);
    CHECK(boost::json::parse(run.output).at("total").as_int64() == std::stoll(number));
    CHECK(run.errors.empty());
  }
}

TEST_CASE("tally list prints the counters by name, the default counter among them", "[integration]")
{
  redis_server redis;
  CHECK(administer(redis, {"list"}).output == "visits\t0\n");
  for (const std::string name : {"zebra", "a/b", "visits", "a.b", "Zebra"})
    administer(redis, {"set", name, "3"});
  const auto text = administer(redis, {"list"});
  CHECK(text.status == 0);
  CHECK(text.output == "Zebra\t3\na.b\t3\na/b\t3\nvisits\t3\nzebra\t3\n");
  CHECK(text.errors.empty());
  const auto json = administer(redis, {"list", "--json"});
  CHECK(json.status == 0);
  CHECK(boost::json::parse(json.output) ==
        boost::json::parse(R"([{"name":"Zebra","total":3},{"name":"a.b","total":3},
                               {"name":"a/b","total":3},{"name":"visits","total":3},
                               {"name":"zebra","total":3}])"));
  CHECK(json.errors.empty());
}

TEST_CASE("tally list prints 10,000 counters with the longest names", "[integration]")
{
  constexpr std::size_t counters = 10'000;
  redis_server redis;
  redis.connect().command({"EVAL", R"lua(for i = 1, tonumber(ARGV[1]) do
      local name = string.rep('x', 123) .. string.format('%05d', i)
      redis.call('SET', '{visits}:' .. name, i)
      redis.call('SADD', '{visits}:.names', name)
    end
    return '')lua",
                           "0", std::to_string(counters)});
  const auto run = administer(redis, {"list", "--json"});
  CHECK(run.status == 0);
  CHECK(run.errors.empty());
  const auto listed = boost::json::parse(run.output).as_array();
  REQUIRE(listed.size() == counters + 1);
  CHECK(listed.at(0).at("name") == "visits");
  for (std::size_t i = 1; i <= counters; ++i) {
    const auto digits = std::to_string(100'000 + i).substr(1);
    REQUIRE(listed.at(i).at("name").as_string() == (std::string(123, 'x') + digits).c_str());
    REQUIRE(listed.at(i).at("total").as_int64() == static_cast<long long>(i));
  }
  CHECK(occurrences(administer(redis, {"list"}).output, "\n") == counters + 1);
}

TEST_CASE("tally administers the configured database with the configured login", "[integration]")
{
  temporary_folder folder;
  redis_server redis{{"of the operator", {}}};
  const auto file = folder.write("password", "of the operator\n").string();
  const environment variables{
      {"REDIS_HOST", "localhost"}, {"REDIS_DB", "3"}, {"REDIS_PASSWORD_FILE", file}};
  CHECK(succeeds_silently(administer(redis, {"set", "home", "5"}, variables)));
  CHECK(redis.connect().command({"GET", "{visits}:home"}) == std::nullopt);
  auto client = redis.connect();
  client.command({"SELECT", "3"});
  CHECK(client.command({"GET", "{visits}:home"}) == "5");
  CHECK(administer(redis, {"list"}, variables).output == "home\t5\nvisits\t0\n");
}

TEST_CASE("a wrong command line, name or number exits with 2 and one line", "[integration]")
{
  for (const std::vector<std::string>& arguments : {
           std::vector<std::string>{"get"},
           {"set", "home"},
           {"delete"},
           {"list", "home"},
           {"get", "a//b"},
           {"set", "home", "-1"},
           {"set", "home", "9223372036854775808"},
           {"set", "home", "5", "--json"},
           {"delete", ".names"},
           {"get", "two\nlines"},
       }) {
    const auto run = run_tally({{"REDIS_HOST", "redis.invalid"}}, arguments);
    INFO(arguments.front() << ": " << run.errors);
    CHECK(run.status == 2);
    CHECK(run.output.empty());
    CHECK(is_one_line(run.errors));
  }
}
