#include "catch.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "text.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

using namespace tally::test;

namespace {

std::string setting_of(const boost::json::object& event)
{
  return event.at("setting").as_string().c_str();
}

/// Cuts the connections of a ready tally, and waits until it has connected again and asked again.
void reconnect(const redis_server& redis, const tally_process& tally)
{
  const auto questions = [&] {
    const auto statistics = redis.connect().command({"INFO", "commandstats"}).value();
    const auto begin = statistics.find("cmdstat_info:calls=");
    return begin == std::string::npos ? 0 : std::stoi(statistics.substr(begin + 19));
  };
  const auto ready = tally.events("redis_ready").size();
  redis.connect().command({"CONFIG", "RESETSTAT"});
  redis.connect().command({"CLIENT", "KILL", "TYPE", "normal"});
  tally.wait_for_event("redis_ready", ready + 1);
  // Each look is a question itself: one more is that of tally.
  int looks = 0;
  REQUIRE(eventually([&] { return questions() > looks++; }));
}

} // namespace

TEST_CASE("settings of Redis that break promises are logged", "[integration]")
{
  redis_server redis{{"", {"--maxmemory-policy", "allkeys-lru", "--appendonly", "no"}}};
  tally_process tally{redis, {{"TALLY_THREADS", "2"}}};
  tally.wait_for_event("redis_unsafe_setting", 2);
  const auto events = tally.events("redis_unsafe_setting");
  REQUIRE(events.size() == 2);
  CHECK(events[0].at("level") == "warning");
  CHECK(setting_of(events[0]) == "maxmemory-policy");
  CHECK(events[0].at("value") == "allkeys-lru");
  CHECK(events[0].at("expected") == "noeviction");
  CHECK(setting_of(events[1]) == "appendonly");
  CHECK(events[1].at("value") == "no");
  CHECK(tally.get("/count").number() == 1);
}

TEST_CASE("a setting is logged again only after it has changed", "[integration]")
{
  redis_server redis{{"", {"--maxmemory-policy", "allkeys-lru"}}};
  tally_process tally{redis};
  tally.wait_for_event("redis_unsafe_setting");
  reconnect(redis, tally);
  CHECK(tally.events("redis_unsafe_setting").size() == 1);
  redis.connect().command({"CONFIG", "SET", "maxmemory-policy", "volatile-ttl"});
  reconnect(redis, tally);
  CHECK(tally.wait_for_event("redis_unsafe_setting", 2).at("value") == "volatile-ttl");
  redis.connect().command({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  reconnect(redis, tally);
  redis.connect().command({"CONFIG", "SET", "maxmemory-policy", "volatile-ttl"});
  reconnect(redis, tally);
  tally.wait_for_event("redis_unsafe_setting", 3);
  CHECK(tally.events("redis_unsafe_setting").size() == 3);
}

TEST_CASE("tally says nothing about settings that it may not ask for", "[integration]")
{
  redis_server redis{{"",
                      {"--maxmemory-policy", "allkeys-lru", "--user", "visitor", "on", ">hush",
                       "~*", "+@all", "-info"}}};
  tally_process tally{
      redis,
      {{"REDIS_USERNAME", "visitor"}, {"REDIS_PASSWORD", "hush"}, {"TALLY_LOG_LEVEL", "debug"}}};
  CHECK(contains(tally.wait_for_event("redis_settings_unknown").at("reply").as_string().c_str(),
                 "NOPERM"));
  CHECK(tally.get("/count").number() == 1);
  redis.connect().command({"CLIENT", "KILL", "TYPE", "normal"});
  tally.wait_for_event("redis_ready", 2);
  CHECK(tally.get("/count").number() == 2);
  CHECK(tally.events("redis_settings_unknown").size() == 1);
  CHECK(tally.events("redis_unsafe_setting").empty());
  CHECK(tally.stop() == 0);
}

TEST_CASE("a safe Redis is not mentioned", "[integration]")
{
  redis_server redis{{"", {"--maxmemory-policy", "noeviction"}}};
  tally_process tally{redis};
  reconnect(redis, tally);
  CHECK(tally.events("redis_unsafe_setting").empty());
}
