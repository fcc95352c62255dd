"""The tables of bench/RESULTS.md."""

import datetime
import statistics

import machine
import servers
import syscalls

COLUMNS = [
    "requests/s",
    "p50 ms",
    "p99 ms",
    "p99.9 ms",
    "errors",
    "server CPU us a request",
    "to the first row's",
    "Redis CPU us a visit",
    "Redis commands a visit",
    "peak memory MB",
    "server syscalls a request",
    "Redis syscalls a visit",
    "exact",
]

NOTES = """\
- Each figure is the median over the rounds. In a round each server is measured once, in the
  next one in the opposite order, each with a Redis of its own that is new, as is the server; one
  second of load warms both up.
- *Server CPU* is user and system time of the server's processes and threads, whichever core they
  run on. *To the first row's* is the ratio within a round, then the median of these (and the
  least and the greatest): what slows down the whole machine for a while is no part of it.
- All have one worker and one core, which Redis and wrk do not use; those two share the other one.
  Where these two are busier than the server, requests/s is theirs: compare the CPU. The server
  with two workers runs on both cores, beside wrk and Redis.
- *Redis commands* are all that Redis carried out, those within Tally's script included.
- *Peak memory* is the sum of VmHWM over the server's processes: what they share counts for each.
- *Syscalls* are counted by {syscalls} in a load of its own, when nothing else is measured.
- *Exact*: wrk leaves up to one request a connection unanswered at its end, so after it
  answers <= counted <= answers + connections must hold; then {exact} requests, over 16
  connections at a time, must be answered with as many numbers that follow one another, the first
  after what Redis had and the last what Redis has. "yes" holds for all rounds.
- *Errors* are those of wrk: connections, reads, writes, timeouts (2 s), and statuses other than 2xx
  and 3xx.
- wrk sends the next request when the last is answered: latencies are those under full load, and say
  as much of the throughput as of the server. One connection shows a lone visitor's."""


def write(arguments, results, failures, cores, exact_requests):
    """The whole file, as text. Both results and failures are by (connections, name)."""
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
    for connections in arguments.connections:
        here = {name: rounds for (count, name), rounds in results.items() if count == connections}
        failed = {name: why for (count, name), why in failures.items() if count == connections}
        for title, group in (("Alone", servers.ALONE), ("Through nginx", servers.STACKS)):
            parts.append(f"## {title}, {connections} connection{'s' * (connections > 1)}")
            parts.append(_comparison(group, here, failed))
            if group is servers.ALONE and connections > 1:
                parts.append(_two_workers(here))
    parts += ["## Start and idle", _start(results)]
    image = machine.image_size()
    size = f"{image / 1e6:.1f} MB" if image else "n/a, no engine has it here"
    parts.append(f"Tally's image: {size}.")
    notes = NOTES.format(
        syscalls=syscalls.tool() or "nothing here (neither perf nor strace works)",
        exact=exact_requests,
    )
    parts += ["## How to read this", notes]
    return "\n\n".join(filter(None, parts)) + "\n"


def _comparison(group, results, failed):
    baseline = group[0].name
    rows = []
    for server in group:
        if server.name in failed:
            why = " ".join(failed[server.name].replace("|", "/").split())
            rows.append([server.name, f"not available: {why}"])
        elif server.name in results:
            rows.append([server.name, *_row(results[server.name], results.get(baseline, []))])
    return _table([""] + COLUMNS, rows)


def _row(rounds, baseline):
    ratios = [one.cpu / other.cpu for one, other in zip(rounds, baseline)]
    errors = sum(sum(one.errors.values()) for one in rounds)
    kinds = {kind for one in rounds for kind, number in one.errors.items() if number}
    return [
        f"{_median(one.requests_per_second for one in rounds):,.0f}",
        *[
            _short(_median(one.latency[name] for one in rounds), 1e-3)
            for name in ("p50", "p99", "p99.9")
        ],
        f"{errors} ({', '.join(sorted(kinds))})" if errors else "0",
        _short(_median(one.cpu for one in rounds), 1e6),
        _with_range(ratios),
        _short(_median(one.redis_cpu for one in rounds), 1e6),
        _short(_median(one.redis_commands for one in rounds)),
        _short(_median(one.peak_memory for one in rounds), 1e-6),
        _short(_median(one.syscalls for one in rounds)),
        _short(_median(one.redis_syscalls for one in rounds)),
        _exact(rounds),
    ]


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
