# `make` alone prints the targets. A target of more than a few lines is a script in scripts/.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
# Debian has nginx in /usr/sbin, which is not in the PATH of ordinary users.
export PATH := $(PATH):/usr/sbin

.PHONY: help up monitoring down logs ps rollout run test soak fuzz bench api browser kubernetes e2e \
  restarts arm64 images systemd lint format deps clean

help:
	@echo 'make TARGET, where TARGET is'
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## start the whole stack and wait until http://localhost:5002/ responds
	@scripts/stack.sh up

monitoring: ## as up, with Prometheus and Grafana (needs a Docker engine)
	@scripts/stack.sh monitoring

down: ## stop the stack; the number is kept
	@scripts/stack.sh down

logs: ## show the logs of the stack, and follow them on a terminal
	@scripts/stack.sh logs

ps: ## show the services of the stack
	@scripts/stack.sh ps

rollout: ## replace Tally with a new build, replica by replica, while it serves (needs an engine)
	@scripts/stack.sh engine
	@scripts/rollout.sh

run: ## build and run Tally alone on PORT (8080), with its own Redis if none is running
	@scripts/deps.sh build stack
	@scripts/build.sh release
	@scripts/run.sh

PRESET ?= dev
REDIS ?= redis
test: ## build with sanitizers, run all tests but e2e (PRESET=tsan, optimised; REDIS=valkey)
	@scripts/deps.sh build test stack $(filter-out redis,$(REDIS))
	@scripts/build.sh $(PRESET)
	@scripts/with_redis.sh $(REDIS) ctest --preset $(PRESET) $(ARGS)

soak: DURATION ?= 300
soak: ## prove that each visit counts once: faults, fail-overs, a cluster; DURATION (300) s each
	@scripts/deps.sh build test stack
	@scripts/build.sh dev
	@build/dev/test/proof/tally_soak $(DURATION)
	@build/dev/test/proof/tally_failover $(DURATION)
	@build/dev/test/proof/tally_failover $(DURATION) --cluster

fuzz: DURATION ?= 60
fuzz: ## fuzz requests, configuration and Redis' replies for DURATION (60) seconds each
	@scripts/deps.sh build fuzz
	@scripts/fuzz.sh $(DURATION)

bench: ## measure Tally and its peers (ARGS='--quick --loop open --rates 10000')
	@scripts/deps.sh build stack bench
	@python3 bench/bench.py $(ARGS)

api: ## compare the responses of Tally with docs/openapi.yaml (ARGS=refuse: only this scenario)
	@scripts/deps.sh build stack api
	@scripts/build.sh release
	@python3 test/api/run.py $(ARGS)

browser: ## test pages, script and badges in headless Chromium (ARGS=cors_checks: only these)
	@scripts/deps.sh build stack browser
	@scripts/build.sh release
	@python3 test/browser/run.py $(ARGS)

kubernetes: ## test deploy/kubernetes without a cluster (needs a Docker engine)
	@scripts/stack.sh engine
	@scripts/deps.sh kubernetes
	@python3 test/kubernetes/run.py $(ARGS)

e2e: ## test the real stack in containers, from a clean state (needs a Docker engine)
	@scripts/stack.sh engine
	@scripts/deps.sh e2e
	@bash test/compose/run.sh

restarts: ## count what visitors notice while services restart (VISITS=100000; needs an engine)
	@scripts/stack.sh engine
	@scripts/deps.sh e2e
	@bash test/compose/restarts.sh $(ARGS)

arm64: ## build the image for arm64 (tally:arm64), run the unit tests in an emulator (an engine)
	@scripts/stack.sh engine
	@IMAGE=tally-test scripts/image.sh arm64 --target test $(ARGS)
	@scripts/image.sh arm64 $(ARGS)

images: ## test the images for amd64 and arm64, and whether builds are reproducible (an engine)
	@scripts/stack.sh engine
	@scripts/deps.sh e2e images
	@bash test/images/run.sh

systemd: ## test the unit under a systemd in a container (needs a Docker engine)
	@scripts/stack.sh engine
	@scripts/deps.sh build e2e
	@scripts/build.sh static
	@bash test/systemd/run.sh

lint: ## check layers and formatting, run clang-tidy and shellcheck
	@scripts/deps.sh build test lint
	@scripts/lint.sh

format: ## format the C++ sources
	@scripts/deps.sh lint
	@scripts/lint.sh format

deps: ## install the packages of build, tests, stack, e2e and lint (Debian 12, 13, Ubuntu 24.04)
	@scripts/deps.sh build test stack e2e lint

clean: ## remove the build; the number of `make up` is kept
	@rm -rf build
