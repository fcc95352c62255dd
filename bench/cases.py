"""The cases: two kinds of load."""

import dataclasses
import itertools


@dataclasses.dataclass(frozen=True)
class OpenLoop:
    """Visits at random times, whether or not earlier ones have been answered."""

    CONNECTIONS = 500
    CAPACITY_SHARE = 0.8

    rate: int | None = None  # visits/s; None: CAPACITY_SHARE of the server's own capacity
    names: int = 0  # the number of counters, one at random for each visit; 0: one counter

    def __str__(self):
        if self.names:
            return f"{on_one_counter(self)}, {self.names:,} counters"
        if self.rate is None:
            return f"{self.CAPACITY_SHARE:.0%} of each server's capacity"
        return f"{self.rate:,} visits/s"


@dataclasses.dataclass(frozen=True)
class ClosedLoop:
    """Clients at full speed, each of which waits for the response before its next request."""

    # The requests/s with these are the capacity that CAPACITY_SHARE refers to.
    CAPACITY_CONNECTIONS = 64

    connections: int
    names: int = 0  # as above

    def __str__(self):
        if self.names:
            return f"{on_one_counter(self)}, {self.names:,} counters"
        return f"{self.connections} connection{'s' * (self.connections > 1)}"


def on_one_counter(case):
    return dataclasses.replace(case, names=0)


def cases_of(arguments):
    """The closed loop comes first: it measures the capacity that the open loop refers to. The cases
    with many counters follow those with one."""
    names = [0, arguments.names] if arguments.names else [0]
    closed = list(itertools.starmap(ClosedLoop, itertools.product(arguments.connections, names)))
    opened = list(itertools.starmap(OpenLoop, itertools.product(arguments.rates, names)))
    return (closed if arguments.loop != "open" else []) + (
        [*opened, OpenLoop()] if arguments.loop != "closed" else []
    )
