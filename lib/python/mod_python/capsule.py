"""httpd's structures for C extensions: `req._request_rec`, `conn._conn_rec` and `server._server_rec`."""

from __future__ import annotations

from typing import Any

from mod_python.ffi import ffi


def capsule(pointer: Any) -> Any:
    """A PyCapsule without a name around a C pointer; the pointer is valid as long as what it was taken from."""
    import ctypes  # noqa: PLC0415 - hardly any program needs it

    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    return new(int(ffi.cast("uintptr_t", pointer)), None, None)
