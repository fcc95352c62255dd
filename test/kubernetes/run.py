#!/usr/bin/env python3
"""Tests of deploy/kubernetes without a cluster: make kubernetes.

Runs the checks of all *_checks.py here, or of the named ones, on what Kustomize builds. Then breaks
the objects, one after the other as breaks.py says, and expects that a check finds each break. Prints
one line per check and per break, then "N passed, N failed". The status is 0 only if some passed and
none failed.
"""

import copy
import importlib
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).parent.parent))  # outcomes.py

from breaks import BREAKS
from manifests import Manifests, build_all
from outcomes import Outcomes


def expect_found(builds, check, change):
    """That the check fails with the change, and names it: an error of another type is not a finding."""
    broken = {name: Manifests(copy.deepcopy(each.objects)) for name, each in builds.items()}
    change(broken)
    assert any(broken[name].objects != builds[name].objects for name in builds), "nothing was changed"
    try:
        check(broken)
    except AssertionError:
        return
    raise AssertionError("not found")


def main():
    outcomes = Outcomes()
    here = pathlib.Path(__file__).parent
    names = sys.argv[1:] or sorted(file.stem for file in here.glob("*_checks.py"))
    builds = build_all()
    for name in names:
        print(f"# {name}")
        for check in importlib.import_module(name).CHECKS:
            outcomes.run(check.__doc__, check, builds)
    print("# breaks")
    for sentence, name, function, change in BREAKS:
        if name in names:
            check = getattr(importlib.import_module(name), function)
            outcomes.run(f"found by {name}: {sentence}", expect_found, builds, check, change)
    outcomes.exit()


if __name__ == "__main__":
    main()
