"""Networks: their weights as arrays, and builders that wire Lava Processes."""

from loihi_sleep.networks.convolutional import (
    ConvolutionalLayer,
    ConvolutionalNetwork,
    ConvolutionalProcesses,
)
from loihi_sleep.networks.cuba import CubaNetwork
from loihi_sleep.networks.cuba_layer import CubaLayer, cuba_layer
from loihi_sleep.networks.gated import GatedNetwork, gated
from loihi_sleep.networks.input_neurons import InputNeurons
from loihi_sleep.networks.layered import layered
from loihi_sleep.networks.layered_processes import LayeredProcesses
from loihi_sleep.networks.quantization import QuantizedWeights, quantize

__all__ = [
    "ConvolutionalLayer",
    "ConvolutionalNetwork",
    "ConvolutionalProcesses",
    "CubaLayer",
    "CubaNetwork",
    "GatedNetwork",
    "InputNeurons",
    "LayeredProcesses",
    "QuantizedWeights",
    "cuba_layer",
    "gated",
    "layered",
    "quantize",
]
