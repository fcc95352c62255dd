#include <tally/net/buffered_stream.hpp>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <string_view>

namespace tally {
namespace {

// Enough for most requests, and small enough that an idle connection costs little.
constexpr std::size_t read_size = 2048;
constexpr std::size_t large_capacity = 2 * read_size;

} // namespace

void buffered_stream::read_arrived()
{
  while (input.size() != input.max_size() && try_read() && succeeded_)
    ;
}

void buffered_stream::end_read()
{
  if (!reader_)
    return;
  if (!try_read())
    succeeded_ = false;
  reader_.resume();
}

bool buffered_stream::sweep(clock::time_point now)
{
  if (now < deadline_)
    return false;
  expired_ = true;
  abort_wait();
  return true;
}

void buffered_stream::abort()
{
  stream_.close();
  abort_wait();
}

void buffered_stream::release_large_buffers()
{
  if (input.capacity() > large_capacity)
    input.shrink_to_fit();
  if (output.capacity() > large_capacity)
    output.shrink_to_fit();
}

// Returns false if the read would block, true if it succeeded, failed or reached the end.
bool buffered_stream::try_read()
{
  const auto space = input.prepare(std::min(read_size, input.max_size() - input.size()));
  const auto n = stream_.read({static_cast<char*>(space.data()), space.size()});
  if (n.has_error() && n.error() == boost::asio::error::would_block)
    return false;
  succeeded_ = n.has_value() && *n != 0;
  if (succeeded_)
    input.commit(*n);
  return true;
}

// Returns false if the write would block, true if all is written or it failed.
bool buffered_stream::try_write()
{
  succeeded_ = true;
  while (succeeded_ && written_ != output.size()) {
    const auto n = stream_.write(std::string_view{output}.substr(written_));
    if (n.has_error() && n.error() == boost::asio::error::would_block)
      return false;
    succeeded_ = n.has_value();
    if (succeeded_)
      written_ += *n;
  }
  output.clear();
  return true;
}

void buffered_stream::on_readable()
{
  if (reader_ && try_read())
    reader_.resume();
}

void buffered_stream::on_writable()
{
  if (writer_ && try_write())
    writer_.resume();
}

void buffered_stream::abort_wait()
{
  succeeded_ = false;
  if (reader_)
    reader_.resume();
  else if (writer_)
    writer_.resume();
}

} // namespace tally
