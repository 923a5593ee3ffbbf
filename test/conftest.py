"""Every test may use the harness of test/testenv."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

pytest_plugins = ["testenv.plugin"]
