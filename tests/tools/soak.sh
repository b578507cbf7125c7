#!/usr/bin/env bash
# What takes longer than make test: soak.sh [SEEDS [SEEDS_OF_EVENTS [SECONDS [SHARD]]]]. Two minutes of sign-ins in real browsers;
# SEEDS seeds (20,000) through the simulated world, and half as many days of a hundred tabs; 100,000 events a seed for
# SEEDS_OF_EVENTS seeds (1,000); each fuzz target for SECONDS (600); all changes of src/auth, or a SHARD of them (1/40). Of the
# days and the events not all seeds were run at one time yet, nor all changes: give numbers that fit the time (of the events, seeds 0 to 290
# were, at some 3 seconds of a core each).
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
tests/tools/setup.sh soak
tests/tools/build.sh
seeds=${1:-20000}
seeds_of_events=${2:-1000}
proof=every_event_arrives_once
sim=(cargo test --config 'profile.test.opt-level = 3' --test sim)
say "soak: 20 tabs that are killed at random, and two more engines, for two minutes each"
SESSION_SOAK=1 node --test --test-reporter=spec tests/engines/sessions.test.js
say "soak: $seeds seeds through the simulated world"
SIM_SEEDS=$seeds "${sim[@]}" -- --skip "$proof" --skip a_day_of_a_hundred_tabs
say "soak: $((seeds / 2)) days of a hundred tabs each"
SIM_GO_ON=1 SIM_HUNDRED_TABS=1 SIM_SEEDS=$((seeds / 2)) "${sim[@]}" -- --nocapture a_day_of_a_hundred_tabs
say "soak: $seeds_of_events seeds of 100,000 events in five tabs"
began=$SECONDS
for ((from = 0; from < seeds_of_events; from += 50)); do
  to=$((from + 50 < seeds_of_events ? from + 50 : seeds_of_events))
  SIM_GO_ON=1 SIM_FROM=$from SIM_SEEDS=$to SIM_EVENTS=100000 "${sim[@]}" --quiet "$proof"
  echo "seeds: $to of $seeds_of_events; events: $((to * 100000)); seconds: $((SECONDS - began))"
done
tests/tools/fuzz.sh "${3:-600}"
tests/tools/mutants.sh ${4+"$4"}
