"""The tables of bench/RESULTS.md."""

import dataclasses
import datetime
import statistics

import machine
import servers
import syscalls
from cases import ClosedLoop, OpenLoop

# A server that answers less of the visits in time does not carry the rate.
CARRIED = 0.95

TO_FIRST = "to the first row's"
TO_ONE_COUNTER = "to one counter's"

CLOSED_LOOP_COLUMNS = [
    "requests/s",
    "p50 ms",
    "p99 ms",
    "p99.9 ms",
    "errors",
    "server CPU us a request",
    TO_FIRST,
    "Redis CPU us a visit",
    "Redis commands a visit",
    "peak memory MB",
    "server syscalls a request",
    "Redis syscalls a visit",
    "exact",
]

OPEN_LOOP_COLUMNS = [
    "p50 ms",
    "p50 to the floor's",
    "p99 ms",
    "p99.9 ms",
    "errors",
    "answered/s",
    "server CPU us a visit",
    "CPU to the floor's",
    "Redis CPU us a visit",
    "exact",
]

OPEN_LOOP_NOTE = """\
Independent visitors: visits fall due at random times (Poisson), whether or not earlier ones have
been answered, on {connections} connections. Latency counts from the time a visit was due."""

CLOSED_LOOP_NOTE = """\
wrk: each client sends the next request when the last is answered, as fast as that goes. This shows
what a server can do at most; the latencies are those of a full load."""

NOTES = """\
- Each figure is the median over the rounds. In a round each server is measured once, in the
  next one in the opposite order, each with a Redis of its own that is new, as is the server; one
  second of load warms both up.
- *Server CPU* is user and system time of the server's processes and threads, whichever core they
  run on. *To the first row's* and *to the floor's* are the ratio within a round, then the median
  of these (and the least and the greatest): what slows down the whole machine for a while is no
  part of it.
- All have one worker and one core, which Redis and the load do not use; those two share the other
  one. The server with two workers runs on both cores, beside the load and Redis.
- *C floor* is not a product but a yardstick: a hand-written server that reads and writes once for a
  request, sends all INCRs of a turn to Redis together, and does nothing else: no parsing, no
  timeouts, no error handling (`bench/peers/floor/floor.c`).

Open loop:

- A visit that finds no free connection waits for one, and the wait is part of its latency. What is
  unanswered a second after the end counts as an error, and in the percentiles with the time it has
  waited until then.
- *Carries N/s*: fewer than {carried:.0%} of the visits were answered within the time. The server
  answered N a second, and used its core for the share that is given. Where that is far from
  100%, Redis and the load were the limit, which share the other core. Such a server is not
  measured again once it answers fewer than half.
- The share of each server's capacity refers to its requests/s under wrk with {capacity}
  connections, in the same run. There each server has a rate of its own.
- *Errors*: connections that failed or broke, statuses other than 200, and unanswered visits.
- *Exact*: answers <= counted <= answers + requests that were sent and not answered. "yes" holds for
  all rounds.

Closed loop:

- Where Redis and wrk are busier than the server, requests/s is theirs: compare the CPU.
- *Redis commands* are all that Redis carried out, those within Tally's script included.
- *Peak memory* is the sum of VmHWM over the server's processes: what they share counts for each.
- *Syscalls* are counted by {syscalls} in a load of its own, when nothing else is measured.
- *Exact*: wrk leaves up to one request a connection unanswered at its end, so after it
  answers <= counted <= answers + connections must hold; then {exact} requests, over 16
  connections at a time, must be answered with as many numbers that follow one another, the first
  after what Redis had and the last what Redis has. "yes" holds for all rounds.
- *Errors* are those of wrk: connections, reads, writes, timeouts (2 s), and statuses other than 2xx
  and 3xx.
- *N counters* (`--names N`): each visit is to one of them at random, and *exact* is about their
  sum. *To one counter's* compares the CPU with the same server's with one counter, round by round.
- One connection shows a lone visitor's latency."""


def write(arguments, cases, results, failures, cores, exact_requests):
    """The whole file, as text. Both results and failures are by (case, name)."""
    command = "make bench" + (f" ARGS='{arguments.given}'" if arguments.given else "")
    parts = [
        "# Results of the benchmark",
        "Written by `make bench`; what it measures and how is said below the tables.",
        _table(
            ["", ""],
            [
                ("date", f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC"),
                ("command", f"`{command}`"),
                ("rounds", f"{arguments.rounds}, of {arguments.seconds} s for each server"),
                ("Redis", f"append-only file, `appendfsync {arguments.fsync}`"),
                *machine.description(cores),
                *machine.versions(),
            ],
        ),
    ]
    opened = [case for case in cases if isinstance(case, OpenLoop)]
    closed = [case for case in cases if isinstance(case, ClosedLoop)]
    if opened:
        parts.append("## Open loop: latency and CPU at a given rate")
        parts.append(OPEN_LOOP_NOTE.format(connections=OpenLoop.CONNECTIONS))
    for case in opened:
        here, failed = _of_case(case, results), _of_case(case, failures)
        parts.append(f"### {case}")
        parts.append(
            _comparison(servers.OPEN_LOOP, here, failed, OPEN_LOOP_COLUMNS, _open_loop_row)
        )
    if closed:
        parts += ["## Closed loop: throughput", CLOSED_LOOP_NOTE]
    for case in closed:
        here, failed = _of_case(case, results), _of_case(case, failures)
        if case.names:
            one_counter = _of_case(dataclasses.replace(case, names=0), results)
            columns = list(CLOSED_LOOP_COLUMNS)
            columns[columns.index(TO_FIRST)] = TO_ONE_COUNTER
            parts.append(f"### Alone, {case}")
            parts.append(
                _comparison(servers.NAMED, here, failed, columns, _closed_loop_row, one_counter)
            )
            continue
        for title, group in (("Alone", servers.ALONE), ("Through nginx", servers.STACKS)):
            parts.append(f"### {title}, {case}")
            parts.append(_comparison(group, here, failed, CLOSED_LOOP_COLUMNS, _closed_loop_row))
            if group is servers.ALONE and case.connections > 1:
                parts.append(_two_workers(here))
    parts += ["## Start and idle", _start(results)]
    image = machine.image_size()
    size = f"{image / 1e6:.1f} MB" if image else "n/a, no engine has it here"
    parts.append(f"Tally's image: {size}.")
    notes = NOTES.format(
        syscalls=syscalls.tool() or "nothing here (neither perf nor strace works)",
        exact=exact_requests,
        carried=CARRIED,
        capacity=ClosedLoop.CAPACITY_CONNECTIONS,
    )
    parts += ["## How to read this", notes]
    return "\n\n".join(filter(None, parts)) + "\n"


def _of_case(case, values):
    return {name: value for (one, name), value in values.items() if one == case}


def _comparison(group, results, failed, columns, row, own_baselines=None):
    """Each server compared with the first one; or with its own baseline, where there are such."""
    rows = []
    for server in group:
        if server.name in failed:
            why = " ".join(failed[server.name].replace("|", "/").split())
            rows.append([server.name, f"not available: {why}"])
        elif server.name in results:
            if own_baselines is None:
                baseline = results.get(group[0].name, [])
            else:
                baseline = own_baselines.get(server.name, [])
            rows.append([server.name, *row(results[server.name], baseline)])
    return _table([""] + columns, rows)


def _open_loop_row(rounds, baseline):
    answered = _median(one.requests_per_second for one in rounds)
    if _median(one.carried for one in rounds) < CARRIED:
        busy = _median(one.busy for one in rounds)
        return [f"carries {answered:,.0f}/s, its core is {busy:.0%} busy"]
    latencies = [one.latency["p50"] / other.latency["p50"] for one, other in zip(rounds, baseline)]
    return [
        _latency(rounds, "p50"),
        _with_range(latencies),
        _latency(rounds, "p99"),
        _latency(rounds, "p99.9"),
        _errors(rounds),
        f"{answered:,.0f}",
        _short(_median(one.cpu for one in rounds), 1e6),
        _with_range(_cpu_ratios(rounds, baseline)),
        _short(_median(one.redis_cpu for one in rounds), 1e6),
        _exact(rounds),
    ]


def _closed_loop_row(rounds, baseline):
    return [
        f"{_median(one.requests_per_second for one in rounds):,.0f}",
        *[_latency(rounds, name) for name in ("p50", "p99", "p99.9")],
        _errors(rounds),
        _short(_median(one.cpu for one in rounds), 1e6),
        _with_range(_cpu_ratios(rounds, baseline)),
        _short(_median(one.redis_cpu for one in rounds), 1e6),
        _short(_median(one.redis_commands for one in rounds)),
        _short(_median(one.peak_memory for one in rounds), 1e-6),
        _short(_median(one.syscalls for one in rounds)),
        _short(_median(one.redis_syscalls for one in rounds)),
        _exact(rounds),
    ]


def _latency(rounds, name):
    return _short(_median(one.latency[name] for one in rounds), 1e-3)


def _cpu_ratios(rounds, baseline):
    return [one.cpu / other.cpu for one, other in zip(rounds, baseline)]


def _errors(rounds):
    errors = sum(sum(one.errors.values()) for one in rounds)
    kinds = {kind for one in rounds for kind, number in one.errors.items() if number}
    return f"{errors} ({', '.join(sorted(kinds))})" if errors else "0"


def _exact(rounds):
    wrong = [one.exact for one in rounds if one.exact != "yes"]
    return (wrong[0] or "-") if wrong else "yes"


def _two_workers(results):
    """What two workers carry, by the CPU they take, to what one does."""
    one, two = (results.get(name) for name in ("Tally", "Tally (2 workers)"))
    if not one or not two:
        return ""
    ratio = _median(2 * a.cpu / b.cpu for a, b in zip(one, two))
    return f"By CPU a visit, two workers on two cores carry {ratio:.2f} times what one does."


def _start(results):
    rows = []
    for server in servers.ALONE + servers.STACKS:
        rounds = [rounds for (_, name), rounds in results.items() if name == server.name]
        trials = sum(rounds, [])
        if trials:
            rows.append(
                [
                    server.name,
                    _short(_median(one.ready for one in trials), 1e3),
                    _short(_median(one.idle_rss for one in trials), 1e-6),
                    _short(_median(one.idle_pss for one in trials), 1e-6),
                    str(len(trials)),
                ]
            )
    return _table(["", "start to ready ms", "idle RSS MB", "idle PSS MB", "starts"], rows)


def _median(values):
    """None if there is none: a figure that this server does not have."""
    there = [value for value in values if value is not None]
    return statistics.median(there) if there else None


def _with_range(values):
    if len(values) < 2:
        return _short(_median(values))
    return f"{_short(_median(values))} ({_short(min(values))} to {_short(max(values))})"


def _short(value, unit=1.0):
    """Three digits that mean something."""
    if value is None:
        return "-"
    value *= unit
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}"


def _table(head, rows):
    width = len(head)
    lines = [head, ["---"] + ["---:"] * (width - 1) if width > 2 else ["---"] * width]
    lines += [[*row, *[""] * (width - len(row))] for row in rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
