"""Networks: their weights as arrays, and builders that wire Lava Processes."""

from typing import TypeAlias

from loihi_sleep.networks.cuba import CubaLayer, CubaNetwork, cuba_layer
from loihi_sleep.networks.gated import GatedNetwork, gated
from loihi_sleep.networks.input_neurons import InputNeurons
from loihi_sleep.networks.layered import LayeredNetwork, LayeredProcesses, layered
from loihi_sleep.networks.quantization import QuantizedWeights, quantize

Network: TypeAlias = LayeredNetwork | GatedNetwork | CubaNetwork

__all__ = [
    "CubaLayer",
    "CubaNetwork",
    "GatedNetwork",
    "InputNeurons",
    "LayeredNetwork",
    "LayeredProcesses",
    "Network",
    "QuantizedWeights",
    "cuba_layer",
    "gated",
    "layered",
    "quantize",
]
