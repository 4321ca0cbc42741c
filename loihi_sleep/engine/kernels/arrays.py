"""Names for the arrays that kernels work on."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Program = NDArray[np.int64]
# int32 in the fixed numerics, float64 in float.
Values = NDArray[Any]
# int16 in the fixed numerics, float64 in float.
Synaptic = NDArray[Any]
Index = NDArray[np.int32]
Counters = NDArray[np.int64]
Reals = NDArray[np.float64]
Flags = NDArray[np.uint8]
