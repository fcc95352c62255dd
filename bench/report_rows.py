"""The columns of the tables in bench/RESULTS.md, and the row of each server."""

from tables import median, short, with_range

# A server that answers a smaller share of the visits in time does not carry the rate.
CARRIED = 0.95

TO_FIRST = "relative to the first row"
TO_ONE_COUNTER = "relative to one counter"
FLOOR_TO_ONE = "relative to the floor", TO_ONE_COUNTER

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
    "p50 relative to the floor",
    "p99 ms",
    "p99.9 ms",
    "errors",
    "answered/s",
    "server CPU us a visit",
    "CPU relative to the floor",
    "Redis CPU us a visit",
    "exact",
]

START_COLUMNS = ["start to ready ms", "idle RSS MB", "idle PSS MB", "starts"]


def open_loop(rounds, baseline):
    answered = median(one.requests_per_second for one in rounds)
    if median(one.carried for one in rounds) < CARRIED:
        busy = median(one.busy for one in rounds)
        return [f"carries {answered:,.0f}/s, its core is {busy:.0%} busy"]
    latencies = [one.latency["p50"] / other.latency["p50"] for one, other in zip(rounds, baseline)]
    return [
        _latency(rounds, "p50"),
        with_range(latencies),
        _latency(rounds, "p99"),
        _latency(rounds, "p99.9"),
        _errors(rounds),
        f"{answered:,.0f}",
        short(median(one.cpu for one in rounds), 1e6),
        with_range(_cpu_ratios(rounds, baseline)),
        short(median(one.redis_cpu for one in rounds), 1e6),
        _exact(rounds),
    ]


def closed_loop(rounds, baseline):
    return [
        f"{median(one.requests_per_second for one in rounds):,.0f}",
        *[_latency(rounds, name) for name in ("p50", "p99", "p99.9")],
        _errors(rounds),
        short(median(one.cpu for one in rounds), 1e6),
        with_range(_cpu_ratios(rounds, baseline)),
        short(median(one.redis_cpu for one in rounds), 1e6),
        short(median(one.redis_commands for one in rounds)),
        short(median(one.peak_memory for one in rounds), 1e-6),
        short(median(one.syscalls for one in rounds)),
        short(median(one.redis_syscalls for one in rounds)),
        _exact(rounds),
    ]


def start(trials):
    return [
        short(median(one.ready for one in trials), 1e3),
        short(median(one.idle_rss for one in trials), 1e-6),
        short(median(one.idle_pss for one in trials), 1e-6),
        str(len(trials)),
    ]


def _latency(rounds, name):
    return short(median(one.latency[name] for one in rounds), 1e-3)


def _cpu_ratios(rounds, baseline):
    return [one.cpu / other.cpu for one, other in zip(rounds, baseline)]


def _errors(rounds):
    errors = sum(sum(one.errors.values()) for one in rounds)
    kinds = {kind for one in rounds for kind, number in one.errors.items() if number}
    return f"{errors} ({', '.join(sorted(kinds))})" if errors else "0"


def _exact(rounds):
    mismatches = [one.exact for one in rounds if one.exact != "yes"]
    return (mismatches[0] or "-") if mismatches else "yes"
