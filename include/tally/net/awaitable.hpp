#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>

namespace tally {

namespace asio = boost::asio;

/// A worker has one io_context and one thread, so it needs neither strands nor the type erasure of
/// any_io_executor.
using executor = asio::io_context::executor_type;

/// A coroutine that runs on its worker's thread only.
template <class T>
using awaitable = asio::awaitable<T, executor>;

inline constexpr asio::use_awaitable_t<executor> use_awaitable{};

/// The completion handler of a coroutine that is not expected to throw. If it throws, its worker
/// cannot continue: the exception ends the process, and the supervisor starts a new one.
inline void rethrow(const std::exception_ptr& error)
{
  if (error)
    std::rethrow_exception(error);
}

} // namespace tally
