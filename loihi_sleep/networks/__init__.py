"""Networks: their weights as arrays, and builders that wire Lava Processes."""

from loihi_sleep.networks.gated import GatedNetwork, gated
from loihi_sleep.networks.layered import LayeredNetwork, LayeredProcesses, layered
from loihi_sleep.networks.quantization import QuantizedWeights, quantize

__all__ = [
    "GatedNetwork",
    "LayeredNetwork",
    "LayeredProcesses",
    "QuantizedWeights",
    "gated",
    "layered",
    "quantize",
]
