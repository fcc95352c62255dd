#pragma once

#include <tally/redis/reply.hpp>

#include <hiredis/hiredis.h>

namespace tally {

/// Copies a reply of hiredis. Null, which hiredis passes for a lost connection, is kind::none.
redis_reply convert(const redisReply* reply);

/// Makes the reader of a connection refuse arrays: no command of ours returns one, and the peer
/// would choose its size. hiredis then closes, as if memory was short.
void refuse_arrays(redisReader& reader);

} // namespace tally
