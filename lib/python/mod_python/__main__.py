"""`python -m mod_python` is the command `mod_python`."""

import sys

from mod_python.command import main

if __name__ == "__main__":
    sys.exit(main())
