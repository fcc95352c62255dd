#include "nginx_server.hpp"

#include "http_client.hpp"
#include "wait.hpp"

#include <exception>
#include <filesystem>
#include <sstream>
#include <stdexcept>

namespace tally::test {

namespace {

std::string top_level_file(const std::string& folder, std::uint16_t upstream)
{
  std::ostringstream text;
  text << "daemon off;\n"
       << "master_process off;\n" // one process to kill
       << "error_log stderr warn;\n"
       << "pid " << folder << "/nginx.pid;\n"
       << "events {}\n"
       << "http {\n";
  for (const std::string name : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    text << name << "_temp_path " << folder << '/' << name << ";\n";
  text << "upstream tally { server 127.0.0.1:" << upstream << "; keepalive 8; }\n"
       << "include tally.conf;\n"
       << "access_log " << folder << "/access.log tally;\n"
       << "}\n";
  return text.str();
}

} // namespace

nginx_server::nginx_server(std::uint16_t upstream) : process_{command(upstream)}
{
  if (!eventually([this] { return answers() || !process_.running(); }) || !process_.running())
    throw std::runtime_error{"nginx does not answer:\n" + process_.errors()};
}

std::vector<std::string> nginx_server::command(std::uint16_t upstream) const
{
  const auto folder = folder_.path().string();
  std::filesystem::copy(TALLY_NGINX_FOLDER "/tally.conf", folder_.path());
  folder_.write("listen.conf", "listen 127.0.0.1:" + std::to_string(port()) + " default_server;\n");
  const auto file = folder_.write("nginx.conf", top_level_file(folder, upstream));
  return {"nginx", "-e", "stderr", "-p", folder, "-c", file.string()};
}

bool nginx_server::answers() const
{
  try {
    return fetch(port(), "/nginx-health").status == 200;
  } catch (const std::exception&) {
    return false; // not listening yet
  }
}

} // namespace tally::test
