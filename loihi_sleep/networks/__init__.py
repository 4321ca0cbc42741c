"""Networks: their weights as arrays, and builders that wire Lava Processes."""

from loihi_sleep.networks.layered import LayeredNetwork, LayeredProcesses, layered
from loihi_sleep.networks.quantization import QuantizedWeights, quantize

__all__ = ["LayeredNetwork", "LayeredProcesses", "QuantizedWeights", "layered", "quantize"]
