"""What one time step of each kind of Process does, on flat memory.

A kernel gets the row of the node it works for (``p`` from ``b`` on: offsets into the memory's
arrays and constants, in the order of the names at the top of the kernel's file) and the arrays.
Nothing here knows of Lava. In the fixed numerics ``values`` is int32 and ``synaptic`` int16, in the
float numerics both are float64; see :mod:`loihi_sleep.engine.memory`.
"""

from pathlib import Path

import loihi_sleep.processes.kernels
from loihi_sleep.processes.kernels.freshness import discard_stale_code

discard_stale_code(Path(__file__).parent, Path(loihi_sleep.processes.kernels.__file__).parent)
