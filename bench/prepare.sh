#!/bin/bash
# What the commands of this directory need; they source it. Peers that cannot be installed are named by the report.

# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/common.sh"
BENCH=$ROOT/build/bench

prepare() {
    need_build
    need wrk command -v wrk
    need util-linux command -v taskset
    install_missing
    mkdir -p "$BENCH"
    c_handler
    peers || say "some peers are missing"
    original || say "the original mod_python is missing"
}

# The limit: a handler in C, as a module of httpd.
c_handler() {
    [ "$ROOT/bench/c_handler.c" -nt "$BENCH/c_handler.so" ] || return 0
    cp "$ROOT/bench/c_handler.c" "$BENCH"
    (cd "$BENCH" && "$(command -v apxs || command -v apxs2)" -c -o mod_c_handler.so c_handler.c) >"$BENCH/apxs.log"
    cp "$BENCH/.libs/mod_c_handler.so" "$BENCH/c_handler.so"
}

# Each in turn, so that one that cannot be built does not keep the others away.
peers() {
    local stamp=$BENCH/installed wanted package
    wanted=$(requirements bench)
    [ "$wanted" != "$(cat "$stamp" 2>/dev/null)" ] || return 0
    [ -x "$BENCH/venv/bin/python" ] || "$(cat "$VENV/made-from")" -m venv "$BENCH/venv"
    for package in $wanted; do
        say "installing $package into build/bench/venv"
        "$BENCH/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$package" || return
    done
    echo "$wanted" >"$stamp"
}

# Debian's package, unpacked and not installed: it would take the place of the module under test.
original() {
    [ ! -d "$BENCH/original" ] || return 0
    command -v apt-get >/dev/null || return
    say "fetching libapache2-mod-python"
    (cd "$BENCH" && apt-get -qq download libapache2-mod-python) &&
        dpkg-deb -x "$BENCH"/libapache2-mod-python_*.deb "$BENCH/original"
}
