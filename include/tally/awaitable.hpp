#pragma once

#include <tally/clock.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tally {

namespace asio = boost::asio;

/// Each worker has one io_context and one thread, so its plain executor serves for everything: no
/// strand, and none of the type erasure of any_io_executor.
using executor = asio::io_context::executor_type;

/// A coroutine of a worker. It runs on the worker's thread alone.
template <class T>
using awaitable = asio::awaitable<T, executor>;

using timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor>;

inline constexpr asio::use_awaitable_t<executor> use_awaitable{};

/// Completes with a tuple that begins with the error_code: a lost connection is no exception.
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<executor>> as_tuple{use_awaitable};

} // namespace tally
