"""The cases that each server is measured in: two kinds of load."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class OpenLoop:
    """Visits at random times, whether or not earlier ones have been answered."""

    CONNECTIONS = 500
    CAPACITY_SHARE = 0.8

    rate: int | None = None  # visits/s; None: that share of the server's own capacity

    def __str__(self):
        if self.rate is None:
            return f"{self.CAPACITY_SHARE:.0%} of each server's capacity"
        return f"{self.rate:,} visits/s"


@dataclasses.dataclass(frozen=True)
class ClosedLoop:
    """Clients that each wait for an answer before they ask again, as fast as that goes."""

    # With these, requests/s are the capacity that the share above refers to.
    CAPACITY_CONNECTIONS = 64

    connections: int
    names: int = 0  # of counters, each visit to one of them at random; 0: one counter

    def __str__(self):
        if self.names:
            return f"{dataclasses.replace(self, names=0)}, {self.names:,} counters"
        return f"{self.connections} connection{'s' * (self.connections > 1)}"
