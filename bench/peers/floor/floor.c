/* The floor: about the least work that a single-threaded server can do for a counted visit. It
 * reads once and writes once for each request, sends the INCRs of one epoll round to Redis in one
 * write, on one connection, and reads all replies together.
 *
 * It is not a product. It leaves out: parsing (each read counts as one whole GET), methods and
 * paths, timeouts and limits, short writes to a client, replies of Redis that are not numbers,
 * reconnecting, and a clean stop. It exits when the connection to Redis is lost, may count a visit
 * twice or never, and has no log.
 *
 *   PORT=8000 REDIS_PORT=6379 floor
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_FDS = 1 << 16, MAX_WAITING = 1 << 16, MAX_EVENTS = 512 };

static const char incr[] = "*2\r\n$4\r\nINCR\r\n$6\r\nvisits\r\n";

static int epoll, redis;
static unsigned char in_flight[MAX_FDS]; /* by descriptor: the client waits for a number */
static unsigned char closing[MAX_FDS];   /* the client left: close when the number comes */
static int waiting[MAX_WAITING];         /* a ring of clients, in the order of their INCRs */
static unsigned first, last;
static char commands[MAX_EVENTS * (sizeof incr - 1)];
static size_t commands_size;

static void fail(const char* what)
{
  perror(what);
  exit(1);
}

static struct sockaddr_in loopback(const char* variable, const char* fallback)
{
  const char* port = getenv(variable);
  return (struct sockaddr_in){.sin_family = AF_INET,
                              .sin_port = htons(atoi(port ? port : fallback)),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void watch(int fd)
{
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
    fail("epoll_ctl");
}

static void set_nodelay(int fd)
{
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void accept_clients(int listener)
{
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    if (fd >= MAX_FDS) {
      close(fd);
      continue;
    }
    set_nodelay(fd);
    watch(fd);
  }
}

static void read_request(int fd)
{
  char request[4096];
  if (recv(fd, request, sizeof request, 0) > 0) {
    memcpy(commands + commands_size, incr, sizeof incr - 1);
    commands_size += sizeof incr - 1;
    waiting[last++ % MAX_WAITING] = fd;
    in_flight[fd] = 1;
  } else if (in_flight[fd]) {
    closing[fd] = 1;
    epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
  } else {
    close(fd);
  }
}

static void answer(int fd, const char* number, int digits)
{
  char response[128];
  int size = sprintf(response,
                     "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                     "Content-Length: %d\r\n\r\n%.*s\n",
                     digits + 1, digits, number);
  in_flight[fd] = 0;
  if (closing[fd] || send(fd, response, size, MSG_NOSIGNAL) != size) {
    closing[fd] = 0;
    close(fd);
  }
}

static void read_replies(void)
{
  static char replies[1 << 16]; /* ":123\r\n" each; the last may be incomplete */
  static size_t size;
  ssize_t got = recv(redis, replies + size, sizeof replies - size, 0);
  if (got <= 0)
    fail("Redis");
  size += got;
  char *reply = replies, *end;
  while ((end = memchr(reply, '\n', replies + size - reply))) {
    answer(waiting[first++ % MAX_WAITING], reply + 1, (int)(end - reply) - 2);
    reply = end + 1;
  }
  size -= reply - replies;
  memmove(replies, reply, size);
}

static void send_commands(void)
{
  if (send(redis, commands, commands_size, MSG_NOSIGNAL) != (ssize_t)commands_size)
    fail("Redis");
  commands_size = 0;
}

int main(void)
{
  int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = loopback("PORT", "8000");
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (void*)&address, sizeof address) < 0 || listen(listener, 4096) < 0)
    fail("listen");
  redis = socket(AF_INET, SOCK_STREAM, 0);
  address = loopback("REDIS_PORT", "6379");
  if (connect(redis, (void*)&address, sizeof address) < 0)
    fail("connect");
  set_nodelay(redis);
  epoll = epoll_create1(0);
  watch(listener);
  watch(redis);

  for (;;) {
    struct epoll_event events[MAX_EVENTS];
    int count = epoll_wait(epoll, events, MAX_EVENTS, -1);
    for (int index = 0; index < count; index++) {
      int fd = events[index].data.fd;
      if (fd == listener)
        accept_clients(fd);
      else if (fd == redis)
        read_replies();
      else
        read_request(fd);
    }
    if (commands_size)
      send_commands();
  }
}
