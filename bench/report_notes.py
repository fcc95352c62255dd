"""The explanations in bench/RESULTS.md."""

OPEN_LOOP = """\
Independent visitors: visits fall due at random times (Poisson), whether or not earlier visits have
been answered, on {connections} connections. Latency counts from the time a visit was due."""

CLOSED_LOOP = """\
wrk: each client sends the next request as soon as the last is answered. This shows the highest
throughput of a server; the latencies are those of full load."""

HOW_TO_READ = """\
- Each figure is the median over the rounds. A round measures each server once; the next round does
  so in the opposite order. Each measurement starts a new server and a new Redis; one second of load
  warms both up.
- *Server CPU* is the user and system time of the server's processes and threads, on whichever core
  they run. *Relative to the first row* and *relative to the floor*: the median of the ratios within
  each round (with the least and the greatest). A slowdown of the whole machine cancels out.
- Each server has one worker and one core; Redis and the load share the other core. The server with
  two workers runs on both cores, beside the load and Redis.
- *C floor* is a yardstick and not a product: a hand-written server that reads and writes once for
  each request and sends all INCRs of a turn to Redis together. It does no parsing and has no
  timeouts and no error handling (`bench/peers/floor/floor.c`).
- *N counters* (`--names N`): each visit goes to one of them at random, and *exact* refers to their
  sum. *Relative to one counter* compares with the same server with one counter, round by round.
  Under open-loop load nearly all counters exist before the measurement begins.

Open loop:

- A visit that finds no free connection waits for one; the wait is part of its latency. A visit
  without a response one second after the end counts as an error, and the percentiles include the
  time that it has waited.
- *Carries N/s*: fewer than {carried:.0%} of the visits were answered in time. The server
  answered N a second and used the given share of its core. If that is far from 100%, the limit was
  Redis and the load, which share the other core. A server that answers fewer than half is not
  measured again.
- The share of each server's capacity refers to its requests/s under wrk with {capacity}
  connections, in the same run. There each server has a rate of its own.
- *Errors*: connections that failed or broke, statuses other than 200, and unanswered visits.
- *Exact*: responses <= counted <= responses + requests without a response. "yes" holds for all
  rounds.

Closed loop:

- If Redis and wrk are busier than the server, requests/s shows their limit: compare the CPU.
- *Redis commands* are all commands that Redis executed, with those in Tally's script.
- *Peak memory* is the sum of VmHWM over the server's processes: memory that they share counts once
  for each.
- *Syscalls* are counted by {syscalls} under a separate load, while nothing else is measured.
- *Exact*: wrk may end with one request without a response on each connection, so
  responses <= counted <= responses + connections must hold. Then {exact} requests, over 16
  connections at a time, must return every number above the old value in Redis, up to the new one.
  "yes" holds for all rounds.
- *Errors* are those of wrk: connections, reads, writes, timeouts (2 s), and statuses other than 2xx
  and 3xx.
- *Formats*: one counter, as text (`/count`), as JSON (`/count` with `Accept: application/json`) and
  as a badge (`/badge/c.svg`).
- One connection shows the latency of a single visitor."""
