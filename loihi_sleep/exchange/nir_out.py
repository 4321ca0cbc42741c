"""A network of LIF neurons as a NIR file."""

from __future__ import annotations

import io
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.exchange import nir_plasticity
from loihi_sleep.exchange.whole_file import check_network, layers_of, write_whole
from loihi_sleep.networks import (
    ConvolutionalLayer,
    ConvolutionalNetwork,
    CubaLayer,
    CubaNetwork,
)
from loihi_sleep.networks.neuron_constants import Constant
from loihi_sleep.processes import checks

if TYPE_CHECKING:
    import nir


def write_nir(path: str | Path, network: CubaNetwork | ConvolutionalNetwork, dt: float) -> None:
    r"""Write a network as NIR nodes; :func:`read_nir` gives it back to the last bit.

    The equations are those of :func:`read_nir`, with :math:`R = \tau / dt` and
    :math:`w_{in} = \tau_{syn} / dt`, so that weights, bias and threshold are written as they are.
    A layer becomes ``Linear``, or ``Affine`` where it has a bias, another ``Linear`` from its
    neurons to themselves where it is recurrent; a convolution becomes ``Conv2d``, or ``SumPool2d``
    where it sums each channel by itself, and then R and v_leak hold the weight and the bias; and

    ========== ============= =====================================================================
    du         dv            neurons
    ========== ============= =====================================================================
    1          0             ``IF``
    1          above 0       ``LIF``
    below 1    above 0       ``CubaLIF``, with a bias as :math:`v_{leak} = bias / dv`; a bias of
                             the current is that of ``Affine``
    ========== ============= =====================================================================

    The metadata of the graph hold dt, those of the neurons du, dv and the bias, as quotients of
    floats do not always lead back to the last bit; those of synapses with a learning rule hold it
    (:mod:`loihi_sleep.exchange.nir_plasticity`), and other tools see their weights. The file
    appears whole or not at all.

    Parameters
    ----------
    path : str or Path
        An existing file is replaced.
    network : CubaNetwork or ConvolutionalNetwork
        Without delays, in any unit of weights (:meth:`CubaNetwork.scaled`).
    dt : float
        Length of a time step in the unit that the time constants are to have, above 0; commonly in
        seconds.

    Raises
    ------
    ValueError
        No such network; a path where nothing can be written; what NIR cannot say, by the layer:
        delays a synapse, a current that never decays, a potential that never decays
        behind a current that does. Input neurons.
    """
    import nir

    dt = checks.positive("dt", dt)
    check_network(network)
    if network.input_neurons is not None:
        raise ValueError(
            "network has input_neurons, which take their values as biases, for which NIR has no "
            "node; write dataclasses.replace(network, input_neurons=None)"
        )
    maps, dense = layers_of(network)
    shape: tuple[int, ...] = maps[0].input_shape if maps else (network.sizes[0],)
    nodes: dict[str, nir.NIRNode] = {"input": nir.Input(input_type=np.array(shape))}
    for number, one in enumerate(maps):
        _check(one, f"layer {number}")
        nodes[f"synapses_{number}"], nodes[f"neurons_{number}"] = _maps(one, dt)
        shape = one.shape
    if maps and dense:
        nodes["flatten"] = nir.Flatten({"input": np.array(shape)}, start_dim=0, end_dim=-1)
    recurrent: dict[str, nir.NIRNode] = {}
    loops: list[tuple[str, str]] = []
    for number, layer in enumerate(dense, len(maps)):
        _check(layer, f"layer {number}")
        nodes[f"synapses_{number}"] = _synapses(layer, f"layer {number}")
        nodes[f"neurons_{number}"] = _neurons(layer, (len(layer.weights),), dt)
        shape = (len(layer.weights),)
        if layer.recurrent is not None:
            recurrent[f"recurrent_{number}"] = nir.Linear(weight=layer.recurrent)
            loop = (f"neurons_{number}", f"recurrent_{number}")
            loops += [loop, loop[::-1]]
    nodes["output"] = nir.Output(output_type=np.array(shape))
    # NIR's own inference of types takes layers of one neuron for untyped ones.
    edges = [*pairwise(nodes), *loops]
    graph = nir.NIRGraph(
        nodes={**nodes, **recurrent}, edges=edges, metadata={"dt": dt}, type_check=False
    )
    image = io.BytesIO()
    nir.write(image, graph)
    write_whole(path, image.getvalue())


def _check(layer: CubaLayer | ConvolutionalLayer, place: str) -> None:
    if isinstance(layer, CubaLayer) and layer.delays is not None:
        raise ValueError(f"{place} has delays of single synapses; NIR's Delay has one a neuron")
    if np.equal(layer.du, 0).any():
        raise ValueError(f"{place} has du 0, a current that never decays; NIR has no such neuron")
    forgets, never = np.equal(layer.du, 1).all(), np.equal(layer.dv, 0)
    if not forgets and never.any():
        raise ValueError(
            f"{place} has du {np.min(layer.du):g} and dv 0, a potential that never decays behind a "
            "current that does; NIR has no such neuron"
        )
    if never.any() and not never.all():
        raise ValueError(
            f"{place} has dv 0 for some neurons and above 0 for others, IF and LIF in one layer; "
            "NIR has no such node"
        )


def _synapses(layer: CubaLayer, place: str) -> nir.NIRNode:
    import nir

    metadata = {}
    if layer.rule is not None:
        try:
            metadata[nir_plasticity.KEY] = nir_plasticity.as_text(layer.rule, sparse=layer.sparse)
        except ValueError as error:
            raise ValueError(f"{place} has the rule {layer.rule.name}: {error}") from None
    if layer.current_bias is not None:
        return nir.Affine(weight=layer.weights, bias=layer.current_bias, metadata=metadata)
    if np.equal(layer.du, 1).all() and layer.bias.any():
        return nir.Affine(weight=layer.weights, bias=layer.bias, metadata=metadata)
    return nir.Linear(weight=layer.weights, metadata=metadata)


def _maps(layer: ConvolutionalLayer, dt: float) -> tuple[nir.NIRNode, nir.NIRNode]:
    """Return the synapses and the neurons of a convolution."""
    import nir

    bias = np.broadcast_to(layer.bias, len(layer.weights))
    weight = pooling_weight(layer)
    layout = {"stride": np.array(layer.stride), "padding": np.array(layer.padding)}
    # IF has no v_leak, which a bias would be.
    if weight is not None and not (bias.any() and layer.du == 1 and layer.dv == 0):
        kernel = np.array(layer.weights.shape[2:])
        pooling = nir.SumPool2d(kernel_size=kernel, **layout)
        return pooling, _neurons(layer, layer.shape, dt, gain=weight, leaks=True)
    through_synapses = layer.du == 1
    convolution = nir.Conv2d(
        input_shape=layer.input_shape[1:],
        weight=layer.weights,
        dilation=np.array(layer.dilation),
        groups=layer.groups,
        bias=bias if through_synapses else np.zeros(len(bias)),
        **layout,
    )
    return convolution, _neurons(layer, layer.shape, dt)


def _neurons(
    layer: CubaLayer | ConvolutionalLayer,
    shape: tuple[int, ...],
    dt: float,
    gain: float = 1.0,
    *,
    leaks: bool = False,
) -> nir.NIRNode:
    """Return the neurons of a layer.

    Parameters
    ----------
    layer : CubaLayer or ConvolutionalLayer
    shape : tuple of int
    dt : float
    gain : float
        Weight that the synapses leave to the neurons.
    leaks : bool
        Whether a bias is that of the neurons, whatever they are.
    """
    import nir

    def spread(value: Constant) -> NDArray[np.float64]:
        return np.broadcast_to(value, shape).astype(np.float64)

    vth, rest = spread(layer.vth), np.zeros(shape)
    if np.equal(layer.dv, 0).all():
        metadata = {} if gain == 1 else {"gain": gain}
        return nir.IF(r=spread(gain / dt), v_threshold=vth, v_reset=rest, metadata=metadata)
    tau = dt / layer.dv
    potential = {"r": spread(gain * (tau / dt)), "v_threshold": vth, "v_reset": rest}
    carried = {"dv": layer.dv} | ({} if gain == 1 else {"gain": gain})
    bias = np.repeat(np.broadcast_to(layer.bias, shape[0]), prod(shape[1:]))
    forgets = np.equal(layer.du, 1).all()
    leak = np.zeros(bias.shape) if forgets and not leaks else bias
    if leak.any() or not forgets:
        carried["bias"] = leak
    leak_at_rest = leak.reshape(shape) * (tau / dt)
    if forgets:
        return nir.LIF(tau=spread(tau), v_leak=leak_at_rest, metadata=carried, **potential)
    tau_syn = dt / layer.du
    return nir.CubaLIF(
        tau_mem=spread(tau),
        tau_syn=spread(tau_syn),
        w_in=spread(tau_syn / dt),
        v_leak=leak_at_rest,
        metadata=carried | {"du": layer.du},
        **potential,
    )


def pooling_weight(layer: ConvolutionalLayer) -> float | None:
    """Return the weight by which a convolution sums each channel by itself; None where it does not.

    Parameters
    ----------
    layer : ConvolutionalLayer
    """
    channels, each, *_ = layer.weights.shape
    weight = float(layer.weights[0, 0, 0, 0])
    if channels != layer.input_shape[0] or layer.dilation != (1, 1) or weight <= 0:
        return None
    own = np.tile(np.eye(each), (layer.groups, 1))[:, :, np.newaxis, np.newaxis]
    return weight if (layer.weights == weight * own).all() else None
