// The part of hiredis_adapter that only TLS needs.

#include "redis/hiredis_adapter.hpp"

#include <hiredis/async.h>
#include <hiredis/sds.h>

namespace tally {

void hiredis_adapter::continue_tls()
{
  if (tls_->started()) {
    // hiredis does not ask for a writable socket if its last read found nothing.
    if (sdslen(context_->c.obuf) != 0)
      await_writable(true);
  } else if (tls_->start(context_->c)) {
    shake_hands();
  } else {
    fail(tls_->error("the TLS handshake cannot begin"));
  }
}

void hiredis_adapter::shake_hands()
{
  switch (tls_->shake_hands()) {
  case tls_session::progress::wants_read:
    return;
  case tls_session::progress::wants_write:
    return await_writable(true);
  case tls_session::progress::failed:
    return fail(tls_->error("the connection was closed during the TLS handshake"));
  case tls_session::progress::done:
    established_ = true;
    handler_.on_connect();
  }
}

} // namespace tally
