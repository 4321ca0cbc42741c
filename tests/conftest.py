"""Makes the helper modules of this folder importable, and gives properties the time they need."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

# Other work on the machine, or code that is compiled first, must not fail a property.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
