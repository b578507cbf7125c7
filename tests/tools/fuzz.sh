#!/usr/bin/env bash
# Fuzzes what comes from outside, guided by coverage, on a nightly toolchain: fuzz.sh [SECONDS [TARGET...]]. Each target runs for
# so long (600), on what earlier runs found (fuzz/corpus) and on fuzz/seeds. What fails lies in fuzz/artifacts then: make a test of it.
# There is no unsafe code in the crate, so no sanitizer is built in.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
tests/tools/setup.sh soak
seconds=${1:-600}
shift || true
[ $# -gt 0 ] || set -- callback token_answer record jwt
for target in "$@"; do
  say "fuzz: $target, $seconds seconds"
  mkdir -p "fuzz/corpus/$target"
  env -u CARGO_TARGET_DIR cargo +nightly fuzz run --sanitizer none "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
    -dict=fuzz/words.dict -max_len=4096 -max_total_time="$seconds" -print_final_stats=1
done
