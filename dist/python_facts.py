"""Tells configure about the interpreter that runs it: shell assignments, or a few words on why it does not fit.

Runs on any Python since 3.6, because telling that an interpreter is too old is part of its job.
"""

import os
import shlex
import sys
import sysconfig

OLDEST_PYTHON = (3, 10)
OLDEST_CFFI = (1, 15)


def dotted(*numbers: int) -> str:
    return ".".join(map(str, numbers))


def include_directory() -> str:
    return sysconfig.get_path("include")


def shared_library() -> str:
    """The libpythonX.Y.so to link with; "" when there is none. A Python that was moved still names its old LIBDIR."""
    name = "libpython{}.so".format(sysconfig.get_config_var("LDVERSION"))
    directories = [
        sysconfig.get_config_var("LIBDIR"),
        sysconfig.get_config_var("LIBPL"),
        os.path.join(sys.base_prefix, "lib"),
    ]
    paths = [os.path.join(directory, name) for directory in directories if directory]
    return next(filter(os.path.exists, paths), "")


def cffi_refusal() -> str:
    try:
        import cffi  # noqa: PLC0415 - whether it can be imported is the question

        if cffi.__version_info__ < OLDEST_CFFI:
            return f"has cffi {cffi.__version__}, older than {dotted(*OLDEST_CFFI)}"
        cffi.FFI()  # fails when the C half is missing or of another version
    except Exception as error:
        return f"cannot import cffi ({error})"
    return ""


def refusal() -> str:
    """Why this interpreter does not fit, as the end of a sentence that starts with its path; "" when it fits."""
    if sys.version_info < OLDEST_PYTHON:
        return f"is Python {dotted(*sys.version_info[:2])}, older than {dotted(*OLDEST_PYTHON)}"
    if not os.path.exists(os.path.join(include_directory(), "Python.h")):
        return "has no Python.h"
    if not shared_library():
        return "has no shared libpython, which Python builds with --enable-shared"
    return cffi_refusal()


def facts() -> str:
    """One shell assignment a line, for configure to evaluate."""
    library = shared_library()
    values = {
        "PYTHON": sys.executable,
        "PYTHON_VERSION": dotted(*sys.version_info[:3]),
        "PYTHON_INCLUDEDIR": include_directory(),
        "PYTHON_LINK_DIR": os.path.dirname(library),
        "PYTHON_LINK_NAME": "python{}".format(sysconfig.get_config_var("LDVERSION")),
        "LIBPYTHON": os.path.basename(os.path.realpath(library)),
        "PYTHON_PURELIB": sysconfig.get_path("purelib"),
    }
    return "\n".join(f"{name}={shlex.quote(value)}" for name, value in values.items())


if __name__ == "__main__":
    reason = refusal()
    print(reason or facts())
    sys.exit(bool(reason))
