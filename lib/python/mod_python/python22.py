"""Once held what Python 2.2 lacked; empty, and importable only so that old programs start."""

import warnings

warnings.warn("mod_python.python22 is empty and deprecated; remove its import", DeprecationWarning, stacklevel=2)
