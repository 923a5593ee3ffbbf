"""The only door to C: the built-in module that `mod_python.so` registers. Outside httpd this raises ImportError."""

from _mod_python import ffi, lib

__all__ = ["NULL", "ffi", "lib"]

NULL = ffi.NULL
