"""What Loihi can hold, as far as it is public: one table, each row with its grade and source.

The limits are necessary, not sufficient: Intel's compiler, which is not public, has the last word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

# A: enforced or used by Lava's or lava-dl's own code. B: emulators of Loihi 1. C: press and papers.
Grade = Literal["A", "B", "C"]
Target = Literal["loihi2", "loihi1"]
TARGETS: tuple[Target, ...] = get_args(Target)
# Outside of a limit of one of these grades a network does not fit; of others there is a warning.
FATAL: dict[Target, tuple[Grade, ...]] = {"loihi2": ("A",), "loihi1": ("A", "B")}


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
        How far it can be trusted.
    source : str
        Where it stands.
    whole : bool
        Whether it must be an integer.
    targets : tuple of str
        Chips that it holds for.
    """

    quantity: str
    lowest: float
    highest: float
    grade: Grade
    source: str
    whole: bool = True
    targets: tuple[Target, ...] = TARGETS


@dataclass(frozen=True)
class Core:
    """What a core and a chip have, from which numbers of cores are estimated.

    Parameters
    ----------
    neurons : int
        Of a core.
    synaptic_bytes : int
        Of a core.
    cores : int
        Of a chip.
    source : str
        Where it stands.
    """

    neurons: int
    synaptic_bytes: int
    cores: int
    source: str


_LIF = "lava-nc proc/lif/models.py, AbstractPyLifModelFixed"
_CONSTANTS = "lava-nc magma/core/learning/constants.py"
_SERIES = "lava-nc magma/core/learning/product_series.py"
_BLOCK = "nengo-loihi block.py"
_ONLY_1: tuple[Target, ...] = ("loihi1",)
_ONLY_2: tuple[Target, ...] = ("loihi2",)
# By the name of a Var or a parameter of Processes, of a learning rule, or of what `check` counts.
ROWS: tuple[tuple[str, Limit], ...] = (
    ("du", Limit("decay of the current, 4096ths", 0, 4095, "A", _LIF)),
    ("dv", Limit("decay of the potential, 4096ths", 0, 4095, "A", _LIF)),
    ("u", Limit("current, 24 bits", -(2**23), 2**23 - 1, "A", _LIF)),
    ("v", Limit("potential, 24 bits", -(2**23) + 1, 2**23 - 1, "A", _LIF)),
    ("vth", Limit("threshold", 0, 131_071, "A", _LIF)),
    ("bias_mant", Limit("mantissa of the bias", -4096, 4095, "A", _LIF)),
    ("bias_exp", Limit("exponent of the bias", 0, 7, "A", _LIF)),
    ("refractory_period", Limit("refractory period, steps", 1, 64, "B", "brian2_loihi README")),
    ("weights", Limit("weight", -256, 255, "A", "lava-nc utils/weightutils.py")),
    ("weight_exp", Limit("exponent of weights", -8, 7, "B", "brian2_loihi, nengo-loihi")),
    ("num_weight_bits", Limit("bits of a weight", 0, 8, "A", "lava-nc proc/dense/process.py")),
    ("delays", Limit("delay, steps", 0, 62, "A", "lava-dl netx/utils.py")),
    (
        "num_message_bits",
        Limit(
            "bits of a message", 0, 24, "A", "lava-nc networks/gradedvecnetwork", targets=_ONLY_2
        ),
    ),
    (
        "num_message_bits",
        Limit("bits of a message", 0, 0, "B", "nengo-loihi: spikes have none", targets=_ONLY_1),
    ),
    ("impulse", Limit("impulse of a trace", 0, 127, "A", f"{_CONSTANTS}, W_TRACE", whole=False)),
    ("t_epoch", Limit("steps of a learning epoch", 1, 63, "A", f"{_CONSTANTS}, W_EPOCH_TIME")),
    ("decimation", Limit("k of the dependency uk", 0, 9, "A", f"{_SERIES}: it reads one digit")),
    ("constant", Limit("constant of a factor, 8 bits", -128, 127, "A", f"{_CONSTANTS}, W_CONST")),
    ("tag_1", Limit("tag of a synapse", -256, 255, "A", _CONSTANTS)),
    ("tag_2", Limit("learned delay, 6 bits", 0, 63, "A", "lava-nc core/model/py/connection.py")),
    ("in_axons", Limit("in-axons of a core", 0, 4096, "B", _BLOCK)),
    ("out_axons", Limit("out-axons of a core", 0, 4096, "B", _BLOCK)),
    (
        "synapses",
        Limit(
            "synapses of a chip", 0, 120e6, "C", "open-neuromorphic.org, Loihi 2", targets=_ONLY_2
        ),
    ),
)
CORES: dict[Target, Core] = {
    # Of Loihi 2 no size of the synaptic memory is public but that of Loihi 1.
    "loihi2": Core(8192, 128 * 1024, 120, "wikichip.org Loihi 2; synaptic memory as of Loihi 1"),
    "loihi1": Core(1024, 128 * 1024, 128, _BLOCK),
}


def limits(target: Target) -> dict[str, Limit]:
    """Return the limits of a chip by what they are of."""
    return {name: limit for name, limit in ROWS if target in limit.targets}
