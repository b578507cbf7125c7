#!/usr/bin/env bash
# Two minutes of sign-ins in real browsers, then the simulated world with many more seeds than make test: soak.sh [SEEDS [SEEDS_OF_EVENTS]]. The proof that no event is
# lost runs with 100,000 events a seed, 1,000 seeds unless said otherwise; of
# those, seeds 0 to 290 were run so far, at some 3 seconds of a core each. Neither of these two proofs was run to its end yet: give numbers that fit the time.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
tests/tools/setup.sh test
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
SIM_HUNDRED_TABS=1 SIM_SEEDS=$((seeds / 2)) "${sim[@]}" -- --nocapture a_day_of_a_hundred_tabs
say "soak: $seeds_of_events seeds of 100,000 events in five tabs"
began=$SECONDS
for ((from = 0; from < seeds_of_events; from += 50)); do
  to=$((from + 50 < seeds_of_events ? from + 50 : seeds_of_events))
  SIM_GO_ON=1 SIM_FROM=$from SIM_SEEDS=$to SIM_EVENTS=100000 "${sim[@]}" --quiet "$proof"
  echo "seeds: $to of $seeds_of_events; events: $((to * 100000)); seconds: $((SECONDS - began))"
done
