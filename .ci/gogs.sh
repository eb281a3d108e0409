# shellcheck shell=bash
# Gets a real Gogs for the contract suite: from the Go module proxy, or one that this machine has already.
# Sourced by .ci/run, which has set work and gogs_version; sets OTA_GOGS, or gogs_refused.

: "${work:?}" "${gogs_version:?}"
is_wanted_gogs() { [ -x "$1" ] && "$1" --version 2>/dev/null | grep -qF "$gogs_version"; }

if GOBIN=$work/bin CGO_ENABLED=0 go install "gogs.io/gogs@v$gogs_version" 2>"$work/gogs.log"; then
  export OTA_GOGS=$work/bin/gogs
else
  cat "$work/gogs.log"
  for candidate in "$(command -v gogs || true)" "$(go env GOPATH)/bin/gogs"; do
    if is_wanted_gogs "$candidate"; then
      export OTA_GOGS=$candidate
      break
    fi
  done
fi

if [ -n "${OTA_GOGS:-}" ]; then
  "$OTA_GOGS" --version
  export OTA_REQUIRE=$OTA_REQUIRE,gogs
elif grep -q '403 Forbidden' "$work/gogs.log"; then
  # A registry that refuses the module is no fault of this tree; any other failure of go install is (see
  # docs/decisions/0002-real-gogs-in-ci.md).
  gogs_refused="*** NOT RUN: the tests against a real Gogs. The Go module proxy refuses gogs.io/gogs (403), and no gogs $gogs_version is installed. ***"
  printf '%s\n' "$gogs_refused"
else
  echo "go install gogs.io/gogs@v$gogs_version failed" >&2
  exit 1
fi
