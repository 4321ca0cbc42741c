"""What Loihi 2 can hold, as far as it is public: one table, each row with its grade and source.

The limits are necessary, not sufficient: Intel's compiler, which is not public, has the last word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# A: enforced or used by Lava's or lava-dl's own code. B: emulators of Loihi 1. C: press and papers.
Grade = Literal["A", "B", "C"]


@dataclass(frozen=True)
class Limit:
    """Range of a quantity.

    Parameters
    ----------
    quantity : str
        What people call it.
    lowest, highest : float
        Both allowed.
    grade : {'A', 'B', 'C'}
        Outside of a limit of grade A a network does not fit; of others there is a warning.
    source : str
        Where it stands.
    whole : bool
        Whether it must be an integer.
    """

    quantity: str
    lowest: float
    highest: float
    grade: Grade
    source: str
    whole: bool = True


_LIF = "lava-nc proc/lif/models.py, AbstractPyLifModelFixed"
_CONNECTION = "lava-nc magma/core/model/py/connection.py"
_CONSTANTS = "lava-nc magma/core/learning/constants.py"
LIMITS: dict[str, Limit] = {
    "du": Limit("decay of the current, 4096ths", 0, 4095, "A", _LIF),
    "dv": Limit("decay of the potential, 4096ths", 0, 4095, "A", _LIF),
    "vth": Limit("threshold", 0, 131_071, "A", _LIF),
    "bias_mant": Limit("mantissa of the bias", -4096, 4095, "A", _LIF),
    "bias_exp": Limit("exponent of the bias", 0, 7, "A", _LIF),
    "weights": Limit("weight", -256, 255, "A", "lava-nc utils/weightutils.py"),
    "weight_exp": Limit("exponent of weights", -8, 7, "B", "brian2_loihi, nengo-loihi"),
    "delays": Limit("delay, steps", 0, 62, "A", "lava-dl netx/utils.py"),
    "num_message_bits": Limit("bits of a message", 0, 24, "A", "lava-nc networks/gradedvecnetwork"),
    "impulse": Limit("impulse of a trace", 0, 127, "A", f"{_CONSTANTS}, W_TRACE", whole=False),
    "t_epoch": Limit("steps of a learning epoch", 1, 63, "A", f"{_CONSTANTS}, W_EPOCH_TIME"),
    "tag_1": Limit("tag of a synapse", -256, 255, "A", _CONSTANTS),
    "synapses": Limit("synapses of a chip", 0, 120e6, "C", "open-neuromorphic.org, Loihi 2"),
}
# Of a core, from which numbers of cores are estimated; grades C, and B for the memory of Loihi 1.
NEURONS_PER_CORE, BYTES_PER_CORE, CORES_PER_CHIP = 8192, 128 * 1024, 120
