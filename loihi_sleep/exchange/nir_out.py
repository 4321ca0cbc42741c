"""A layered LIF network as a NIR file."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.networks import CubaLayer, CubaNetwork
from loihi_sleep.results.atomic import replacing
from processes import checks

if TYPE_CHECKING:
    import nir


def write_nir(path: str | Path, network: CubaNetwork, dt: float) -> None:
    r"""Write a network as NIR nodes; :func:`read_nir` gives it back to the last bit.

    The equations are those of :func:`read_nir`, with :math:`R = \tau / dt` and
    :math:`w_{in} = \tau_{syn} / dt`, so that weights, bias and threshold are written as they are.
    A layer becomes ``Linear``, or ``Affine`` where it has a bias, and

    ========== ============= =====================================================================
    du         dv            neurons
    ========== ============= =====================================================================
    1          0             ``IF``
    1          above 0       ``LIF``
    below 1    above 0       ``CubaLIF``, with a bias as :math:`v_{leak} = bias / dv`
    ========== ============= =====================================================================

    The metadata of the graph hold dt, those of the neurons du, dv and the bias, as quotients of
    floats do not always lead back to the last bit. The file appears whole or not at all.

    Parameters
    ----------
    path : str or Path
        An existing file is replaced.
    network : CubaNetwork
        Static and without delays, in any unit of weights (:meth:`CubaNetwork.scaled`).
    dt : float
        Length of a time step in the unit that the time constants are to have, above 0; commonly in
        seconds.

    Raises
    ------
    ValueError
        What NIR cannot say, by the layer: a learning rule, delays a synapse, a current that never
        decays, a potential that never decays behind a current that does.
    """
    import nir

    dt = checks.positive("dt", dt)
    nodes: dict[str, nir.NIRNode] = {"input": nir.Input(input_type=np.array([network.sizes[0]]))}
    for number, layer in enumerate(network.layers):
        _check(layer, f"layer {number}")
        nodes[f"synapses_{number}"] = _synapses(layer)
        nodes[f"neurons_{number}"] = _neurons(layer, dt)
    nodes["output"] = nir.Output(output_type=np.array([network.sizes[-1]]))
    graph = nir.NIRGraph(nodes=nodes, edges=list(pairwise(nodes)), metadata={"dt": dt})
    with replacing(Path(path)) as partial:
        nir.write(partial, graph)


def _check(layer: CubaLayer, place: str) -> None:
    if layer.rule is not None:
        raise ValueError(
            f"{place} has the learning rule {layer.rule.name}, for which NIR has no node; write "
            "network.static()"
        )
    if layer.delays is not None:
        raise ValueError(f"{place} has delays of single synapses; NIR's Delay has one a neuron")
    if layer.du == 0:
        raise ValueError(f"{place} has du 0, a current that never decays; NIR has no such neuron")
    if layer.du < 1 and layer.dv == 0:
        raise ValueError(
            f"{place} has du {layer.du:g} and dv 0, a potential that never decays behind a current "
            "that does; NIR has no such neuron"
        )


def _synapses(layer: CubaLayer) -> nir.NIRNode:
    import nir

    if layer.du == 1 and layer.bias.any():
        return nir.Affine(weight=layer.weights, bias=layer.bias)
    return nir.Linear(weight=layer.weights)


def _neurons(layer: CubaLayer, dt: float) -> nir.NIRNode:
    import nir

    post = len(layer.weights)

    def spread(value: float) -> NDArray[np.float64]:
        return np.full(post, value)

    vth, rest = spread(layer.vth), np.zeros(post)
    if layer.dv == 0:
        return nir.IF(r=spread(1.0 / dt), v_threshold=vth, v_reset=rest)
    tau = dt / layer.dv
    potential = {"r": spread(tau / dt), "v_threshold": vth, "v_reset": rest}
    if layer.du == 1:
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
