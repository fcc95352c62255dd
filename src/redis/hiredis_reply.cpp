#include "redis/hiredis_reply.hpp"

#include <string>
#include <string_view>

namespace tally {
namespace {

constexpr std::size_t max_elements = 256;

redisReplyObjectFunctions default_functions;

// The number of elements has another type in hiredis 1.0 and later.
template <class Size>
void* create_array(const redisReadTask* task, Size elements)
{
  std::size_t& remaining = *static_cast<std::size_t*>(task->privdata);
  if (!task->parent)
    remaining = max_elements;
  const auto wanted = static_cast<std::size_t>(elements);
  if (task->type != REDIS_REPLY_ARRAY || wanted > remaining)
    return nullptr;
  remaining -= wanted;
  return default_functions.createArray(task, elements);
}

redisReplyObjectFunctions with_limit(const redisReplyObjectFunctions& functions)
{
  default_functions = functions;
  redisReplyObjectFunctions limited = functions;
  limited.createArray = &create_array;
  return limited;
}

// A confirmation is `subscribe`, the channel and a number; a message is `message`, the channel and
// a text.
template <class Size>
void* create_message(const redisReadTask* task, Size elements)
{
  return task->parent || elements != 3 ? nullptr : create_array(task, elements);
}

void* create_message_text(const redisReadTask* task, char* text, std::size_t size)
{
  const std::string_view word{text, size};
  const bool expected = task->parent
                            ? task->type == REDIS_REPLY_STRING &&
                                  (task->idx != 0 || word == "subscribe" || word == "message")
                            : task->type == REDIS_REPLY_ERROR;
  return expected ? default_functions.createString(task, text, size) : nullptr;
}

void* create_message_number(const redisReadTask* task, long long value)
{
  return task->parent && task->idx == 2 ? default_functions.createInteger(task, value) : nullptr;
}

// hiredis 1.0 and later can read more types.
template <class Functions>
void refuse_further_types(Functions& functions)
{
  if constexpr (requires { functions.createDouble; }) {
    functions.createDouble = [](const redisReadTask*, double, char*, std::size_t) -> void* {
      return nullptr;
    };
    functions.createBool = [](const redisReadTask*, int) -> void* { return nullptr; };
  }
}

redisReplyObjectFunctions for_messages(redisReplyObjectFunctions functions)
{
  refuse_further_types(functions);
  functions.createString = &create_message_text;
  functions.createArray = &create_message;
  functions.createInteger = &create_message_number;
  functions.createNil = [](const redisReadTask*) -> void* { return nullptr; };
  return functions;
}

std::string element_text(const redisReply& element)
{
  if (element.type == REDIS_REPLY_INTEGER)
    return std::to_string(element.integer);
  const bool text = element.type == REDIS_REPLY_STRING || element.type == REDIS_REPLY_STATUS;
  return text ? std::string{element.str, element.len} : std::string{};
}

} // namespace

redis_reply convert(const redisReply* reply)
{
  using kind = redis_reply::kind;
  if (!reply)
    return {};
  switch (reply->type) {
  case REDIS_REPLY_NIL:
    return {kind::nil};
  case REDIS_REPLY_STATUS:
  case REDIS_REPLY_STRING:
    return {kind::text, {reply->str, reply->len}};
  case REDIS_REPLY_ERROR:
    return {kind::error, {reply->str, reply->len}};
  case REDIS_REPLY_INTEGER:
    return {kind::integer, {}, reply->integer};
  case REDIS_REPLY_ARRAY: {
    redis_reply converted{kind::array};
    for (std::size_t i = 0; i != reply->elements; ++i)
      converted.elements.push_back(element_text(*reply->element[i]));
    return converted;
  }
  default:
    return {kind::other};
  }
}

std::string unsolicited_error(std::string_view bytes)
{
  return bytes.size() > 1 && bytes.front() == '-' ? std::string{bytes.substr(1)}
                                                  : "a reply without a command";
}

void accept_messages_only(redisReader& reader)
{
  static redisReplyObjectFunctions functions = for_messages(*reader.fn);
  reader.fn = &functions;
}

void limit_arrays(redisReader& reader, std::size_t& remaining)
{
  static redisReplyObjectFunctions functions = with_limit(*reader.fn);
  reader.fn = &functions;
  reader.privdata = &remaining;
}

} // namespace tally
