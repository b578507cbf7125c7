#!/usr/bin/env bash
# Runs the simulated world with many more seeds than make test does: soak.sh [SEEDS]
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
tests/tools/setup.sh build
seeds=${1:-20000}
say "soak: $seeds seeds through the simulated world"
SIM_SEEDS=$seeds cargo test --config 'profile.test.opt-level = 3' --test sim
