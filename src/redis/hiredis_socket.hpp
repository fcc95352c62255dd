#pragma once

#include "redis/endpoint.hpp"

#include <tally/base/error.hpp>

#include <memory>
#include <string>

struct redisAsyncContext;

namespace tally {

struct async_context_deleter {
  void operator()(redisAsyncContext* context) const;
};

/// Until hiredis owns the context itself.
using async_context = std::unique_ptr<redisAsyncContext, async_context_deleter>;

/// Begins to connect, without waiting. Fails with the error of the system.
result<async_context, std::string> begin_to_connect(const redis_endpoint& endpoint);

/// Returns bytes that have arrived, and leaves them in the socket; empty if there are none.
std::string peek(int socket);

} // namespace tally
