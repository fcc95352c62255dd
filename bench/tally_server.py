"""Tally, as its container ships it."""

import json
import re
import subprocess

from server import ROOT, Server, Unavailable


class Tally(Server):
    program = None  # set when it is built
    named_path = "/count/c{}"
    named_keys = "{visits}:c*"

    def __init__(self, workers=1):
        self.workers = workers
        self.name = "Tally" if workers == 1 else f"Tally ({workers} workers)"

    def prepare(self):
        # `static` is what the container ships; it needs static libraries.
        for preset in ("static", "release"):
            built = subprocess.run([ROOT / "scripts/build.sh", preset], stdout=subprocess.DEVNULL)
            if built.returncode == 0:
                Tally.program = ROOT / "build" / preset / "tally"
                return
        raise Unavailable("the build failed")

    def start(self, trial, port=None):
        trial.start(
            [self.program],
            PORT=port or trial.port,
            REDIS_PORT=trial.redis.port,
            TALLY_ADDRESS="127.0.0.1",
            TALLY_THREADS=self.workers,
            **{"TALLY_REDIS_REPLICAS": self.replicas} if self.replicas else {},
        )


class TallyReplicated(Tally):
    named_path = None

    def __init__(self, replicas):
        super().__init__()
        self.replicas = replicas
        self.name = f"Tally, {replicas} replica" + ("s" if replicas > 1 else "")


class TallyJson(Tally):
    accept = "application/json"

    def __init__(self):
        super().__init__()
        self.name = "Tally, JSON"

    def number_in(self, body):
        return json.loads(body)["total"]


class TallyBadge(Tally):
    path = "/badge/c.svg"
    key = "{visits}:c"

    def __init__(self):
        super().__init__()
        self.name = "Tally, badge"

    def number_in(self, body):
        return int(re.search(rb"<title>visits: (\d+)</title>", body)[1])
