"""A layered LIF network as a NIR file."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.exchange import nir_plasticity
from loihi_sleep.exchange.whole_file import check_network, write_whole
from loihi_sleep.networks import CubaLayer, CubaNetwork
from loihi_sleep.networks.neuron_constants import Constant
from loihi_sleep.processes import checks

if TYPE_CHECKING:
    import nir


def write_nir(path: str | Path, network: CubaNetwork, dt: float) -> None:
    r"""Write a network as NIR nodes; :func:`read_nir` gives it back to the last bit.

    The equations are those of :func:`read_nir`, with :math:`R = \tau / dt` and
    :math:`w_{in} = \tau_{syn} / dt`, so that weights, bias and threshold are written as they are.
    A layer becomes ``Linear``, or ``Affine`` where it has a bias, another ``Linear`` from its
    neurons to themselves where it is recurrent, and

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
    network : CubaNetwork
        Without delays, in any unit of weights (:meth:`CubaNetwork.scaled`).
    dt : float
        Length of a time step in the unit that the time constants are to have, above 0; commonly in
        seconds.

    Raises
    ------
    ValueError
        No CubaNetwork; a path where nothing can be written; what NIR cannot say, by the layer:
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
    nodes: dict[str, nir.NIRNode] = {"input": nir.Input(input_type=np.array([network.sizes[0]]))}
    recurrent: dict[str, nir.NIRNode] = {}
    loops: list[tuple[str, str]] = []
    for number, layer in enumerate(network.layers):
        _check(layer, f"layer {number}")
        nodes[f"synapses_{number}"] = _synapses(layer, f"layer {number}")
        nodes[f"neurons_{number}"] = _neurons(layer, dt)
        if layer.recurrent is not None:
            recurrent[f"recurrent_{number}"] = nir.Linear(weight=layer.recurrent)
            loop = (f"neurons_{number}", f"recurrent_{number}")
            loops += [loop, loop[::-1]]
    nodes["output"] = nir.Output(output_type=np.array([network.sizes[-1]]))
    # NIR's own inference of types takes layers of one neuron for untyped ones.
    edges = [*pairwise(nodes), *loops]
    graph = nir.NIRGraph(
        nodes={**nodes, **recurrent}, edges=edges, metadata={"dt": dt}, type_check=False
    )
    image = io.BytesIO()
    nir.write(image, graph)
    write_whole(path, image.getvalue())


def _check(layer: CubaLayer, place: str) -> None:
    if layer.delays is not None:
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


def _neurons(layer: CubaLayer, dt: float) -> nir.NIRNode:
    import nir

    post = len(layer.weights)

    def spread(value: Constant) -> NDArray[np.float64]:
        return np.broadcast_to(value, post).astype(np.float64)

    vth, rest = spread(layer.vth), np.zeros(post)
    if np.equal(layer.dv, 0).all():
        return nir.IF(r=spread(1.0 / dt), v_threshold=vth, v_reset=rest)
    tau = dt / layer.dv
    potential = {"r": spread(tau / dt), "v_threshold": vth, "v_reset": rest}
    if np.equal(layer.du, 1).all():
        return nir.LIF(tau=spread(tau), v_leak=rest, metadata={"dv": layer.dv}, **potential)
    tau_syn = dt / layer.du
    return nir.CubaLIF(
        tau_mem=spread(tau),
        tau_syn=spread(tau_syn),
        w_in=spread(tau_syn / dt),
        v_leak=layer.bias * (tau / dt),
        metadata={"du": layer.du, "dv": layer.dv, "bias": layer.bias},
        **potential,
    )
