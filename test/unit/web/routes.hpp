#pragma once

#include "catch.hpp"
#include "unit/fake_counter.hpp"

#include <tally/web/router.hpp>

#include <string>
#include <utility>

/// Responds to requests as the router does, with counters in memory.
class routes {
public:
  fake_counter counter;
  tally::router router{counter};

  tally::response respond(tally::request request)
  {
    tally::exchange exchange;
    exchange.request = std::move(request);
    router.handle(exchange);
    if (!exchange.response)
      router.ask_for_total(exchange);
    if (!exchange.response) {
      REQUIRE(exchange.total);
      REQUIRE(exchange.total->await_ready()); // the fake counter settles immediately
      router.complete(exchange, exchange.total->await_resume());
    }
    REQUIRE(exchange.response);
    return *exchange.response;
  }

  tally::response respond(boost::beast::http::verb method, const std::string& target,
                          bool prefetch = false)
  {
    tally::request request;
    request.method = method;
    request.target = target;
    request.prefetch = prefetch;
    return respond(request);
  }

  tally::response accept(const std::string& target, const std::string& accept)
  {
    tally::request request;
    request.method = boost::beast::http::verb::get;
    request.target = target;
    request.accept = accept;
    return respond(request);
  }

  unsigned status(boost::beast::http::verb method, const std::string& target)
  {
    return static_cast<unsigned>(respond(method, target).status);
  }
};
