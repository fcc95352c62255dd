#pragma once

#include <tally/redis/tls.hpp>

#include <memory>
#include <string>

struct redisContext;

namespace tally {

/// TLS on one connection of hiredis. hiredis reads and writes through it, but reports neither the
/// end of the handshake nor its error, so the adapter carries out the handshake here. It checks the
/// certificate of the peer, its chain and its name.
///
/// Errors of OpenSSL belong to the thread: see forget_errors().
class tls_session {
public:
  enum class progress { wants_read, wants_write, done, failed };

  virtual ~tls_session() = default;
  tls_session(const tls_session&) = delete;
  tls_session& operator=(const tls_session&) = delete;

  /// Begins the handshake on a connected socket. From then on hiredis uses this session, which must
  /// outlive the context of hiredis. If this returns false, error() has the error.
  virtual bool start(redisContext& connection) = 0;

  virtual bool started() const = 0;

  /// Continues the handshake as far as possible without waiting.
  virtual progress shake_hands() = 0;

  /// Forgets the errors of this thread. To be called before hiredis reads or writes: OpenSSL would
  /// take an old error for one of this session.
  virtual void forget_errors() = 0;

  /// Returns bytes that have arrived, and leaves them for hiredis; empty if there are none.
  virtual std::string peek() = 0;

  /// The error that ended this session; `otherwise` if TLS is not the cause.
  virtual std::string error(const std::string& otherwise) const = 0;

protected:
  tls_session() = default;
};

class tls_context {
public:
  virtual ~tls_context() = default;
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

  /// A session with `host`, a name or an IP address, which the certificate of the peer must have.
  /// Null if no certificate can have it. Callable from any thread.
  virtual std::unique_ptr<tls_session> new_session(const std::string& host) const = 0;

protected:
  tls_context() = default;
};

} // namespace tally
