#include <tally/net/buffered_stream.hpp>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <string_view>

namespace tally {
namespace {

// Room for what a client pipelines behind a header of the largest size, and so little that an
// idle connection costs next to nothing.
constexpr std::size_t read_size = 2048;
constexpr std::size_t large = 2 * read_size;

} // namespace

void buffered_stream::read_arrived()
{
  while (in.size() != in.max_size() && try_read() && succeeded_)
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
  if (in.capacity() > large)
    in.shrink_to_fit();
  if (out.capacity() > large)
    out.shrink_to_fit();
}

// Whether there is no need to wait any longer.
bool buffered_stream::try_read()
{
  const auto room = in.prepare(std::min(read_size, in.max_size() - in.size()));
  const auto n = stream_.read({static_cast<char*>(room.data()), room.size()});
  if (n.has_error() && n.error() == boost::asio::error::would_block)
    return false;
  succeeded_ = n.has_value() && *n != 0;
  if (succeeded_)
    in.commit(*n);
  return true;
}

bool buffered_stream::try_write()
{
  succeeded_ = true;
  while (succeeded_ && written_ != out.size()) {
    const auto n = stream_.write(std::string_view{out}.substr(written_));
    if (n.has_error() && n.error() == boost::asio::error::would_block)
      return false;
    succeeded_ = n.has_value();
    if (succeeded_)
      written_ += *n;
  }
  out.clear();
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
