// drogon with its own Redis client on one event loop. The "fast client" of its documentation runs
// on the loop that serves the request.
#include <cstdint>
#include <cstdlib>
#include <drogon/drogon.h>
#include <functional>
#include <string>

namespace {

using respond_fn = std::function<void(const drogon::HttpResponsePtr&)>;

void count(const drogon::HttpRequestPtr&, respond_fn&& respond)
{
  drogon::app().getFastRedisClient()->execCommandAsync(
      [respond](const drogon::nosql::RedisResult& number) {
        const auto response = drogon::HttpResponse::newHttpResponse();
        response->setContentTypeCode(drogon::CT_TEXT_PLAIN);
        response->setBody(std::to_string(number.asInteger()) + '\n');
        respond(response);
      },
      [respond](const drogon::nosql::RedisException&) {
        const auto response = drogon::HttpResponse::newHttpResponse();
        response->setStatusCode(drogon::k503ServiceUnavailable);
        respond(response);
      },
      "INCR visits");
}

std::uint16_t port(const char* variable)
{
  return static_cast<std::uint16_t>(std::stoi(std::getenv(variable)));
}

} // namespace

int main()
{
  drogon::app()
      .setLogLevel(trantor::Logger::kWarn)
      .addListener("127.0.0.1", port("PORT"))
      .setThreadNum(1)
      .createRedisClient("127.0.0.1", port("REDIS_PORT"), "default", "", 1, true)
      .registerHandler("/count", &count, {drogon::Get})
      .run();
}
