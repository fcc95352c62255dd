#include "nginx_server.hpp"

#include "http_client.hpp"
#include "wait.hpp"

#include <exception>
#include <filesystem>
#include <sstream>
#include <stdexcept>

namespace tally::test {

namespace {

std::string stack_file(const std::string& name)
{
  return read_file(std::filesystem::path{TALLY_NGINX_FOLDER} / name);
}

// The parameters of the stack, with addresses instead of the name that Docker resolves.
std::string replicas(std::initializer_list<std::uint16_t> upstreams)
{
  const std::string server = "server tally:8080 resolve";
  std::istringstream lines{stack_file("replicas.conf")};
  std::ostringstream text;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(server))
      for (const auto port : upstreams)
        text << "server 127.0.0.1:" << port << line.substr(server.size()) << '\n';
  return text.str();
}

// Tests read the access log immediately after a request.
std::string without_buffering(std::string text)
{
  const std::string buffering = " buffer=4k flush=1s";
  text.erase(text.find(buffering), buffering.size());
  return text;
}

} // namespace

nginx_server::nginx_server(std::initializer_list<std::uint16_t> upstreams)
    : process_{command(upstreams)}
{
  if (!eventually([this] { return responds() || !process_.running(); }) || !process_.running())
    throw std::runtime_error{"nginx does not respond:\n" + process_.errors()};
}

std::vector<std::string> nginx_server::command(std::initializer_list<std::uint16_t> upstreams) const
{
  const auto file = folder_.write("nginx.conf", without_buffering(stack_file("nginx.conf")));
  for (const std::string name : {"tally.conf", "answers.conf"})
    folder_.write(name, stack_file(name));
  folder_.write("listen.conf", "listen 127.0.0.1:" + std::to_string(port()) + " default_server;\n");
  folder_.write("replicas.conf", replicas(upstreams));
  return {"nginx",
          "-e",
          "stderr",
          "-p",
          folder_.path().string(),
          "-c",
          file.string(),
          "-g",
          "daemon off; master_process off;"}; // a single process can be killed
}

void nginx_server::remove_temporary_files() const
{
  std::filesystem::remove(folder_.path() / "client_body");
}

bool nginx_server::responds() const
{
  try {
    return fetch(port(), "/nginx-health").status == 200;
  } catch (const std::exception&) {
    return false; // not listening yet
  }
}

} // namespace tally::test
