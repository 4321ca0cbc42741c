"""What Loihi can hold, as far as it is public: one table, each row with its grade and source.

The limits are necessary, not sufficient: Intel's compiler, which is not public, has the last word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from loihi_sleep.processes.kernels.integers import (
    MIXED_WEIGHT_MAX,
    STATE_MAX,
    TRACE_MAX,
    UNITY,
    WEIGHT_BITS,
    WEIGHT_MAX,
    WEIGHT_MIN,
    WEIGHT_STEP,
)

# Weights of mixed signs, which plastic ones are: even, from here to MIXED_WEIGHT_MAX.
MIXED_WEIGHTS = (WEIGHT_MIN, MIXED_WEIGHT_MAX)
# Static weights of mixed signs may be odd where a shared exponent of -1 takes half of each.
HALVED_WEIGHTS = (WEIGHT_MIN // WEIGHT_STEP, WEIGHT_MAX // WEIGHT_STEP)
DECAY_MAX = UNITY - 1
LEAK_MAX = DECAY_MAX / UNITY
VTH_MAX = 131_071
BIAS_MANTISSA_MIN, BIAS_MANTISSA_MAX = -4096, 4095
BIAS_EXPONENT_MAX = 7
# The weights of a layer share an exponent.
WEIGHT_EXPONENT_MAX = 7
# Potentials, currents and biases have six bits below a weight unit.
BITS_BELOW_A_WEIGHT = 6
BIAS_MAX = BIAS_MANTISSA_MAX * 2**BIAS_EXPONENT_MAX / 2**BITS_BELOW_A_WEIGHT
# Delays have six bits in Lava's models; lava-dl, which writes them for the chip, refuses the last.
SIMULATOR_DELAY_MAX = 63
DELAY_MAX = 62
# Of learning rules: amounts in weight units, impulses of traces, steps of an epoch, k of uk.
AMOUNT_MAX = float(WEIGHT_MAX)
IMPULSE_MAX = TRACE_MAX
EPOCH_MAX = 63
DECIMATION_MAX = 9
TAG_MIN, TAG_MAX = -256, 255

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
        Name for titles.
    lowest, highest : float
        Both allowed.
    grade : {'A', 'B', 'C'}
        How far it can be trusted.
    source : str
        Publication that gives it.
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
        Neurons of a core.
    synaptic_bytes : int
        Synaptic bytes of a core.
    cores : int
        Cores of a chip.
    source : str
        Publication that gives it.
    """

    neurons: int
    synaptic_bytes: int
    cores: int
    source: str


_LIF = "lava-nc proc/lif/models.py, AbstractPyLifModelFixed"
_CONSTANTS = "lava-nc magma/core/learning/constants.py"
_TRACE, _EPOCH = f"{_CONSTANTS}, W_TRACE", f"{_CONSTANTS}, W_EPOCH_TIME"
_SERIES = "lava-nc magma/core/learning/product_series.py: it reads one digit"
_DENSE = "lava-nc proc/dense/process.py"
_BLOCK = "nengo-loihi block.py"
_ONLY_1: tuple[Target, ...] = ("loihi1",)
_ONLY_2: tuple[Target, ...] = ("loihi2",)
# By the name of a Var or a parameter of Processes, of a learning rule, or of what `check` counts.
ROWS: tuple[tuple[str, Limit], ...] = (
    ("du", Limit("decay of the current, 4096ths", 0, DECAY_MAX, "A", _LIF)),
    ("dv", Limit("decay of the potential, 4096ths", 0, DECAY_MAX, "A", _LIF)),
    ("u", Limit("current, 24 bits", -STATE_MAX - 1, STATE_MAX, "A", _LIF)),
    ("v", Limit("potential, 24 bits", -STATE_MAX, STATE_MAX, "A", _LIF)),
    ("vth", Limit("threshold", 0, VTH_MAX, "A", _LIF)),
    ("bias_mant", Limit("mantissa of the bias", BIAS_MANTISSA_MIN, BIAS_MANTISSA_MAX, "A", _LIF)),
    ("bias_exp", Limit("exponent of the bias", 0, BIAS_EXPONENT_MAX, "A", _LIF)),
    ("refractory_period", Limit("refractory period, steps", 1, 64, "B", "brian2_loihi README")),
    ("weights", Limit("weight", WEIGHT_MIN, WEIGHT_MAX, "A", "lava-nc utils/weightutils.py")),
    ("weight_exp", Limit("exponent of weights", -8, 7, "B", "brian2_loihi, nengo-loihi")),
    (
        "num_weight_bits",
        Limit("bits of a weight", 0, WEIGHT_BITS, "A", _DENSE),
    ),
    ("delays", Limit("delay, steps", 0, DELAY_MAX, "A", "lava-dl netx/utils.py")),
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
    (
        "impulse",
        Limit("impulse of a trace", 0, IMPULSE_MAX, "A", _TRACE, whole=False),
    ),
    (
        "t_epoch",
        Limit("steps of a learning epoch", 1, EPOCH_MAX, "A", _EPOCH),
    ),
    (
        "decimation",
        Limit("k of the dependency uk", 0, DECIMATION_MAX, "A", _SERIES),
    ),
    ("constant", Limit("constant of a factor, 8 bits", -128, 127, "A", f"{_CONSTANTS}, W_CONST")),
    ("tag_1", Limit("tag of a synapse", TAG_MIN, TAG_MAX, "A", _CONSTANTS)),
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
