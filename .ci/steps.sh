# Steps that go on where one fails, and the closing line. Sourced by .ci/run, which has set log.
# shellcheck shell=bash

failed=()
current=start
: >"${log:?}"

# heading NAME: a step without which nothing else makes sense: set -e ends the script where it fails.
heading() {
  current=$1
  printf '\n=== %s\n' "$current"
}

# check NAME COMMAND...: a step that fails is named at the end, and the others are done all the same.
check() {
  heading "$1"
  "${@:2}" || failed+=("$1")
}

# tests NAME COMMAND...: a check whose tests are counted one by one.
tests() { check "$1" counted "${@:2}"; }
counted() { "$@" 2>&1 | tee -a "$log"; }

# The last line is `N passed, N failed`, alone, however the script ends; a failed step counts as a failed test.
finish() {
  local status=$?
  [ "$status" = 0 ] || failed+=("$current")
  heading result
  if [ -n "${gogs_refused:-}" ]; then printf '%s\n' "$gogs_refused"; fi
  status=0
  node scripts/sum-tests.mjs "$log" "${failed[@]}" || status=1
  exit "$status"
}
trap finish EXIT
