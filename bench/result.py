"""The result of one trial."""

import dataclasses


@dataclasses.dataclass
class Result:
    """Times in seconds, latencies in microseconds, memory in bytes."""

    ready: float
    idle_rss: int
    idle_pss: int
    requests_per_second: float
    latency: dict  # by "p50", "p99" and "p99.9"
    errors: dict  # by load.ERRORS or load.OPEN_LOOP_ERRORS
    cpu: float  # per request
    peak_memory: int
    exact: str | None = None  # "yes", or the mismatch
    redis_cpu: float | None = None  # per visit
    redis_commands: float | None = None  # per visit
    syscalls: float | None = None  # per request
    redis_syscalls: float | None = None  # per visit
    offered: float | None = None  # open loop: the visits/s that fell due
    busy: float | None = None  # open loop: the server's CPU time divided by the elapsed time

    @property
    def carried(self):
        """Open loop: the share of the visits that was answered in time."""
        return self.requests_per_second / self.offered


def compare(counted, answered, upper_bound):
    """The value of Result.exact."""
    if answered <= counted <= upper_bound:
        return "yes"
    return f"{counted} counted, {answered} answered"
