"""The only door to C: the built-in module that `mod_python.so` registers. Outside httpd this raises ImportError."""

from _mod_python import ffi, lib

__all__ = ["NULL", "ffi", "lib", "new_uncleared"]

NULL = ffi.NULL

new_uncleared = ffi.new_allocator(should_clear_after_alloc=False)
"""As `ffi.new`, for what C fills: clearing a buffer takes as long as filling it."""
