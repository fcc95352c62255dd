#!/usr/bin/env python3
"""Prints the PrometheusRule that has the rules of deploy/prometheus: make kubernetes compares it.

    test/kubernetes/rules.py >deploy/kubernetes/components/monitoring/rules.yaml

Kustomize cannot make one from the files: a custom resource holds the rules as objects, not as text.
"""

import pathlib

import yaml

RULES = pathlib.Path(__file__).resolve().parents[2] / "deploy/prometheus"


def prometheus_rule():
    groups = [
        group for name in ("rules.yml", "alerts.yml") for group in yaml.safe_load((RULES / name).read_text())["groups"]
    ]
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "tally"},
        "spec": {"groups": groups},
    }


if __name__ == "__main__":
    print("# Made by test/kubernetes/rules.py from deploy/prometheus: change the rules there.")
    print(yaml.safe_dump(prometheus_rule(), sort_keys=False, width=100, allow_unicode=True), end="")
