# Runs named stages one after the other: each prints its time, a failed one does not stop the next, and the sum decides at the end.
# Sourced after environment.sh.
# shellcheck shell=bash

stage_times=()
failed_stages=()
tests_passed=0
tests_failed=0
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# No stage takes longer, on two busy cores; one that hangs is ended here, so that the others still run and the sum names it.
STAGE_LIMIT=${STAGE_LIMIT:-25m}

# stage NAME COMMAND...: fails when the command does, or takes longer than STAGE_LIMIT.
stage() {
  local name=$1 started=$SECONDS verdict=ok
  # In a terminal, Ctrl-C has to reach the command; elsewhere all that it started ends with it.
  local limited=(timeout --kill-after=10)
  [ ! -t 0 ] || limited+=(--foreground)
  shift
  say "$name"
  { "${limited[@]}" "$STAGE_LIMIT" "$@" || stage_failed $?; } 2>&1 | tee "$logs/output" || verdict=FAILED
  [ "$verdict" = ok ] || failed_stages+=("$name")
  stage_times+=("$(printf '%-40s %4d s  %s' "$name" $((SECONDS - started)) "$verdict")")
}

stage_failed() {
  [ "$1" -ne 124 ] || echo "error: ended after $STAGE_LIMIT, which no stage should take"
  return "$1"
}

# test_stage NAME COMMAND...: a stage whose runner counts its tests. It fails, too, when a test was skipped or when none ran at all.
test_stage() {
  local passed failed skipped failures_before=${#failed_stages[@]}
  stage "$@"
  read -r passed failed skipped < <(count_tests <"$logs/output")
  if [ ${#failed_stages[@]} -eq "$failures_before" ]; then
    if [ "$skipped" -gt 0 ]; then
      echo "error: $1: $skipped skipped; a skipped test proves nothing"
    elif [ $((passed + failed)) -eq 0 ]; then
      echo "error: $1: no test ran"
    elif [ "$failed" -eq 0 ]; then
      tests_passed=$((tests_passed + passed))
      return
    fi
    failed_stages+=("$1")
  fi
  # A runner that died before it counted its failures has failed once at least.
  tests_passed=$((tests_passed + passed))
  tests_failed=$((tests_failed + (failed > 0 ? failed : 1)))
}

# Adds up the closing lines of cargo test and wasm-bindgen-test-runner, node --test, and Playwright: "passed failed skipped".
count_tests() {
  awk '
    { gsub(/\033\[[0-9;]*m/, "") }
    /^test result: / { sub(/^test result: [A-Za-z]+\. /, ""); passed += $1; failed += $3; skipped += $5 }
    /^(ℹ|#) pass [0-9]+$/ { passed += $3 }
    /^(ℹ|#) (fail|cancelled) [0-9]+$/ { failed += $3 }
    /^(ℹ|#) (skipped|todo) [0-9]+$/ { skipped += $3 }
    /^  [0-9]+ passed( \(|$)/ { passed += $1 }
    /^  [0-9]+ (failed|flaky|interrupted)( \(|$)/ { failed += $1 }
    /^  [0-9]+ (skipped|did not run)( \(|$)/ { skipped += $1 }
    END { print passed + 0, failed + 0, skipped + 0 }
  '
}

# The time of every stage; fails when one of them did.
report_stages() {
  say "times"
  printf '%s\n' "${stage_times[@]}"
  [ ${#failed_stages[@]} -eq 0 ] && return
  printf 'failed: %s\n' "${failed_stages[@]}"
  return 1
}
