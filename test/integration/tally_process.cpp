#include "tally_process.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <exception>
#include <iostream>
#include <signal.h>
#include <stdexcept>
#include <utility>

namespace tally::test {

namespace {

environment with_defaults(environment variables)
{
  variables.merge(environment{
      {"PORT", "0"},
      {"TALLY_ADDRESS", "127.0.0.1"},
      {"TALLY_THREADS", "1"},
      {"TALLY_REDIS_BACKOFF_MAX_MS", "100"},
      {"TALLY_DRAIN_DELAY_MS", "100"},
  });
  return variables;
}

} // namespace

std::string tally_executable()
{
  return TALLY_EXECUTABLE;
}

finished run_tally(const environment& variables, const std::vector<std::string>& arguments)
{
  std::vector<std::string> words{tally_executable()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  process child{words, variables};
  const auto status = child.wait();
  if (!status)
    throw std::runtime_error{"tally still runs:\n" + child.errors()};
  return {*status, child.output(), child.errors()};
}

tally_process::tally_process(environment variables, const std::vector<std::string>& command)
    : process_{command, with_defaults(std::move(variables))}, exceptions_{
                                                                  std::uncaught_exceptions()}
{
  eventually([this] { return !events("listening").empty() || !process_.running(); });
  if (events("listening").empty())
    throw std::runtime_error{"tally does not listen:\n" + process_.errors()};
  port_ = static_cast<std::uint16_t>(events("listening").front().at("port").as_int64());
}

tally_process::tally_process(const redis_server& redis, environment variables,
                             const std::vector<std::string>& command)
    : tally_process{pointing_at(redis, variables), command}
{
  const auto threads = variables.find("TALLY_THREADS");
  wait_for_event("redis_ready", threads == variables.end() ? 1 : std::stoul(threads->second));
}

tally_process::~tally_process()
{
  if (std::uncaught_exceptions() > exceptions_)
    std::cerr << "tally's log:\n" << process_.errors();
}

std::vector<std::string> tally_process::log_lines() const
{
  std::vector<std::string> lines;
  const auto text = process_.errors();
  for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos;
       begin = end + 1)
    lines.push_back(text.substr(begin, end - begin));
  return lines;
}

std::vector<boost::json::object> tally_process::events(std::string_view name) const
{
  std::vector<boost::json::object> found;
  for (const auto& line : log_lines()) {
    boost::system::error_code error;
    const auto value = boost::json::parse(line, error);
    if (!error && value.is_object() && value.as_object().contains("event") &&
        value.at("event").as_string() == name)
      found.push_back(value.as_object());
  }
  return found;
}

boost::json::object tally_process::wait_for_event(std::string_view name, std::size_t times) const
{
  std::vector<boost::json::object> found;
  if (!eventually([&] { return (found = events(name)).size() >= times; }))
    throw std::runtime_error{"no event \"" + std::string{name} + "\":\n" + process_.errors()};
  return found[times - 1];
}

std::string tally_process::wait_for_readyz(int status) const
{
  http_response response;
  if (!eventually([&] { return (response = get("/readyz")).status == status; }))
    throw std::runtime_error{"/readyz does not become " + std::to_string(status) + ":\n" +
                             process_.errors()};
  return response.body;
}

int tally_process::wait()
{
  const auto status = process_.wait();
  if (!status)
    throw std::runtime_error{"tally does not end:\n" + process_.errors()};
  return *status;
}

int tally_process::stop()
{
  signal(SIGTERM);
  return wait();
}

bool tally_process::exits_cleanly()
{
  const auto status = wait();
  const auto stopped = wait_for_event("stopped");
  return status == 0 && !stopped.contains("reason");
}

bool tally_process::stops_cleanly()
{
  signal(SIGTERM);
  return exits_cleanly();
}

environment pointing_at(const redis_server& redis, environment variables)
{
  variables.merge(
      environment{{"REDIS_HOST", "127.0.0.1"}, {"REDIS_PORT", std::to_string(redis.port())}});
  return variables;
}

} // namespace tally::test
