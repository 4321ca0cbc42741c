"""Makes the Processes of `processes_of_users` importable; Lava executes every file beside them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "processes_of_users"))
