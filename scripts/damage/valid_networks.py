"""Whether a network that was read from a file can be run."""

from __future__ import annotations

import numpy as np

from loihi_sleep.networks import ConvolutionalNetwork, CubaLayer, CubaNetwork

# Damage to two numbers may ask for more neurons than there is memory for.
BUILT_NEURONS = 10**6


def is_valid(network: CubaNetwork | ConvolutionalNetwork, numerics: str) -> bool:
    """Tell whether all numbers are finite and in range, all shapes fit, and Lava takes it."""
    dense = network
    if isinstance(network, ConvolutionalNetwork):
        if not all(np.isfinite(layer.weights).all() for layer in network.layers):
            return False
        if sum(network.sizes) > BUILT_NEURONS:
            return True
        dense = network.dense
    if dense is not None and not all(map(_is_valid_layer, dense.layers)):
        return False
    neurons = network.input_neurons
    if neurons is not None:
        if neurons.size != network.sizes[0] or not _are_constants(neurons.size, neurons):
            return False
        neurons.build(0.0, numerics)
    network.build(numerics)
    return True


def _is_valid_layer(layer: CubaLayer) -> bool:
    post = len(layer.weights)
    arrays = [(layer.weights, layer.weights.shape), (layer.bias, (post,))]
    arrays += [(layer.recurrent, (post, post))] if layer.recurrent is not None else []
    arrays += [(layer.current_bias, (post,))] if layer.current_bias is not None else []
    delays = layer.delays
    return (
        all(values.shape == shape and np.isfinite(values).all() for values, shape in arrays)
        and _are_constants(post, layer)
        and (delays is None or (delays.min() >= 0 and delays.max() <= 62))
    )


def _are_constants(neurons: int, holder: object) -> bool:
    for name, highest in (("vth", np.inf), ("du", 1.0), ("dv", 1.0)):
        values = np.asarray(getattr(holder, name))
        if values.shape not in ((), (neurons,)) or not np.isfinite(values).all():
            return False
        if values.min() < 0 or values.max() > highest:
            return False
    return True
