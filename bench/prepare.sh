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
    httpd_module c_handler
    # shellcheck disable=SC2046 # words
    httpd_module bare_python $(python_flags) || say "bare Python is missing: build/bench/apxs.log tells why"
    peers || say "some peers are missing"
    original || say "the original mod_python is missing"
}

# httpd_module NAME FLAG...: a module for httpd, of one source file.
httpd_module() {
    [ "$ROOT/bench/$1.c" -nt "$BENCH/$1.so" ] || return 0
    cp "$ROOT/bench/$1.c" "$BENCH"
    (cd "$BENCH" && "$(command -v apxs || command -v apxs2)" -c -o "mod_$1.so" "${@:2}" "$1.c") >"$BENCH/apxs.log" || return
    cp "$BENCH/.libs/mod_$1.so" "$BENCH/$1.so"
}

# What compiler and linker need for a program with Python in it.
python_flags() {
    "$(cat "$VENV/made-from")" -c 'from sysconfig import get_config_var as var, get_path
print("-I" + get_path("include"), "-L" + var("LIBDIR"), "-Wl,-R" + var("LIBDIR"), "-lpython" + var("LDVERSION"))'
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
