#!/bin/bash
# What the commands that run tests share; they source it after common.sh.

RESULTS=$ROOT/build/test

# count REPORT STATUS: passed, failed and skipped tests of a run of pytest. A run that went wrong without a failed test,
# because it could not start or did not end, counts as one failure.
count() {
    python3 - "$@" <<'PYTHON'
import sys
import xml.etree.ElementTree as tree

try:
    suite = tree.parse(sys.argv[1]).getroot().find("testsuite").attrib
except (OSError, tree.ParseError):
    suite = {}
tests, skipped, failures, errors = (int(suite.get(name, 0)) for name in ("tests", "skipped", "failures", "errors"))
failed = failures + errors
print(max(tests - failed - skipped, 0), failed or int(sys.argv[2] != "0"), skipped)
PYTHON
}

# The tree as git knows it, whether or not it is committed, as an archive.
tree() { (cd "$ROOT" && git ls-files -z --cached --others --exclude-standard --deduplicate | tar --create --null --files-from - --owner 0 --group 0); }

# copy_tree DIRECTORY: bring a copy of the tree, with a build of its own, up to date.
copy_tree() {
    mkdir -p "$1"
    rm -rf "$1/test" # what is gone from here must not run there
    tree | tar --extract --directory "$1"
}

# -- Docker -----------------------------------------------------------------------------------------------------------

docker_runs() { docker version >/dev/null 2>&1; }

# Start a Docker daemon when none answers, to be stopped with this script. Needs root; without, the tests say so.
start_docker() {
    if docker_runs || [ "$(id -u)" != 0 ]; then return; fi
    say "starting dockerd"
    dockerd >"$RESULTS/dockerd.log" 2>&1 &
    dockerd=$!
    trap stop_docker EXIT
    for _ in {1..60}; do
        if docker_runs; then return; fi
        kill -0 "$dockerd" 2>/dev/null || break
        sleep 1
    done
    say "dockerd did not start; build/test/dockerd.log tells why"
}

stop_docker() {
    kill "$dockerd" 2>/dev/null || true
    wait "$dockerd" || true
}
