#include "redis/hiredis_reply.hpp"

namespace tally {
namespace {

template <class... Arguments>
void* refuse_array(Arguments...)
{
  return nullptr;
}

redisReplyObjectFunctions without_arrays(redisReplyObjectFunctions functions)
{
  functions.createArray = &refuse_array;
  return functions;
}

} // namespace

redis_reply convert(const redisReply* reply)
{
  using kind = redis_reply::kind;
  if (!reply)
    return {};
  switch (reply->type) {
  case REDIS_REPLY_NIL:
    return {kind::nil, {}};
  case REDIS_REPLY_STATUS:
  case REDIS_REPLY_STRING:
    return {kind::text, {reply->str, reply->len}};
  case REDIS_REPLY_ERROR:
    return {kind::error, {reply->str, reply->len}};
  case REDIS_REPLY_INTEGER:
    return {kind::integer, {}, reply->integer};
  default:
    return {kind::other, {}};
  }
}

void refuse_arrays(redisReader& reader)
{
  static redisReplyObjectFunctions functions = without_arrays(*reader.fn);
  reader.fn = &functions;
}

} // namespace tally
