#pragma once

#include <tally/redis/reply.hpp>

#include <hiredis/hiredis.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace tally {

/// Copies a reply of hiredis. Null, which hiredis passes for a lost connection, is kind::none.
redis_reply convert(const redisReply* reply);

/// The error in bytes that no command has asked for. Before Redis closes a connection, because of
/// too many clients or in protected mode, it sends an error reply that belongs to no command.
std::string unsolicited_error(std::string_view bytes);

/// Makes the reader of a connection refuse a reply with more than 256 elements in its arrays: the
/// peer would choose how much memory they take. hiredis then closes, as if memory was short.
/// `remaining` must live as long as the reader, which counts in it.
void limit_arrays(redisReader& reader, std::size_t& remaining);

/// Makes the reader, after limit_arrays(), refuse everything but errors, and the confirmations and
/// messages of a subscription: hiredis asserts that nothing else comes.
void accept_messages_only(redisReader& reader);

} // namespace tally
