#!/usr/bin/env bash
# Changes src/auth in one place after the other and looks whether a test notices: mutants.sh [SHARD/OF]. There are some 870 such
# changes, each built and tested for some twenty seconds. tests/mutants.md says which are known to stay unnoticed, and why.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
tests/tools/setup.sh soak
shard=()
[ $# -eq 0 ] || shard=(--shard "$1" --sharding round-robin)
say "mutants: src/auth${1:+, shard $1}"
# What covers src/auth, without the two proofs that take longest, and without what looks at the simulated world itself.
env -u CARGO_TARGET_DIR CARGO_PROFILE_TEST_DEBUG=0 cargo mutants --file 'src/auth/**' --output target --jobs 1 "${shard[@]}" -- \
  --lib --test sim -- --skip every_event_arrives_once --skip a_day_of_a_hundred_tabs --skip conformance --skip bench
