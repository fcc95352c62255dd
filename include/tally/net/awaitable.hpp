#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>

namespace tally {

namespace asio = boost::asio;

/// Each worker has one io_context and one thread, so its plain executor serves for everything: no
/// strand, and none of the type erasure of any_io_executor.
using executor = asio::io_context::executor_type;

/// A coroutine of a worker. It runs on the worker's thread alone.
template <class T>
using awaitable = asio::awaitable<T, executor>;

inline constexpr asio::use_awaitable_t<executor> use_awaitable{};

/// How a coroutine ends that is not expected to throw. If it does all the same, its worker cannot
/// go on: the process ends, loudly, and who supervises it starts a new one.
inline void rethrow(const std::exception_ptr& failure)
{
  if (failure)
    std::rethrow_exception(failure);
}

} // namespace tally
