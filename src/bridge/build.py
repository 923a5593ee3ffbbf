"""Writes the C source of the built-in module `_mod_python`: what cffi makes of the declarations in cdef/.

Usage: build.py OUTPUT.c
"""

import sys
from pathlib import Path

from cffi import FFI

FRAGMENTS = ("apr.h", "httpd.h", "mod_python.h")


def main(output: str) -> None:
    ffi = FFI()
    for fragment in FRAGMENTS:
        ffi.cdef((Path(__file__).parent / "cdef" / fragment).read_text())
    ffi.set_source("_mod_python", '#include "bridge/bridge.h"')
    ffi.emit_c_code(output)


if __name__ == "__main__":
    main(*sys.argv[1:])
