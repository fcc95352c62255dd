"""The cases: two kinds of load."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class OpenLoop:
    """Visits at random times, whether or not earlier ones have been answered."""

    CONNECTIONS = 500
    CAPACITY_SHARE = 0.8

    rate: int | None = None  # visits/s; None: CAPACITY_SHARE of the server's own capacity

    def __str__(self):
        if self.rate is None:
            return f"{self.CAPACITY_SHARE:.0%} of each server's capacity"
        return f"{self.rate:,} visits/s"


@dataclasses.dataclass(frozen=True)
class ClosedLoop:
    """Clients at full speed, each of which waits for the response before its next request."""

    # The requests/s with these are the capacity that CAPACITY_SHARE refers to.
    CAPACITY_CONNECTIONS = 64

    connections: int
    names: int = 0  # the number of counters, one at random for each visit; 0: one counter

    def __str__(self):
        if self.names:
            return f"{dataclasses.replace(self, names=0)}, {self.names:,} counters"
        return f"{self.connections} connection{'s' * (self.connections > 1)}"
