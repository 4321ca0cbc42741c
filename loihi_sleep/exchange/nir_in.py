"""A layered LIF network from a NIR file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from loihi_sleep.exchange import nir_plasticity
from loihi_sleep.exchange.nir_chain import layers_of
from loihi_sleep.exchange.nir_equations import EulerConstants
from loihi_sleep.exchange.nir_graph import Layer
from loihi_sleep.files.hdf5 import StoredGroup, open_hdf5, printable
from loihi_sleep.networks import ConvolutionalNetwork, CubaLayer, CubaNetwork, cuba_layer
from loihi_sleep.networks.neuron_constants import constant
from loihi_sleep.processes import checks


def read_nir(path: str | Path, dt: float | None = None) -> CubaNetwork | ConvolutionalNetwork:
    r"""Read a network of ``Linear`` or ``Affine`` and ``LIF``, ``CubaLIF`` or ``IF`` in turn.

    NIR's neurons are differential equations; a time step makes them Lava's, by Euler's forward
    method, an input spike being a current of 1 for one step:

    ============ ======================================== ==========================================
    Lava's LIF   of ``LIF`` and ``IF``                    of ``CubaLIF``
    ============ ======================================== ==========================================
    du           1                                        :math:`dt / \tau_{syn}`
    dv           :math:`dt / \tau`; of ``IF`` 0           :math:`dt / \tau_{mem}`
    weights      :math:`g W`, :math:`g = R\,dt / \tau`;   :math:`g W`,
                 of ``IF`` :math:`g = R\,dt`              :math:`g = (R\,dt / \tau_{mem})
                                                          (w_{in}\,dt / \tau_{syn})`
    bias         :math:`g b + v_{leak}\,dt / \tau`        :math:`v_{leak}\,dt / \tau_{mem}`
    current_bias none                                     :math:`g b`
    vth          :math:`v_{threshold}`                    :math:`v_{threshold}`
    ============ ======================================== ==========================================

    Nothing else is scaled. Both spike where v exceeds the threshold; in Lava a spike takes one step
    a layer, which NIR does not have. Parameters may be one number for all neurons or one each.
    Neurons may stand without synapses: each then hears the same one of the layer before, by a
    weight of 1. ``Linear`` or ``Affine`` from neurons to themselves are recurrent synapses, in the
    graph or in one within it; a spike takes a step on them. ``Flatten`` changes nothing, as inputs
    are counted in C order. ``Conv2d`` may stand before all ``Linear``, with a ``Flatten`` in
    between; its neurons share their constants. ``SumPool2d`` and ``AvgPool2d`` may stand before or
    behind it, before a ``Flatten`` and ``Linear``, or by themselves: as they have no neurons, they
    become part of the synapses beside them, and take no step of their own.

    Parameters
    ----------
    path : str or Path
        As ``nir.write`` and :func:`write_nir` write it.
    dt : float, optional
        Length of a time step in the unit of the file's time constants, above 0. NIR does not hold
        it; files of :func:`write_nir` do, in their metadata.

    Returns
    -------
    CubaNetwork, or ConvolutionalNetwork where the file has ``Conv2d`` or pooling by itself
        In the file's own unit of weights, static but for layers of which a file of
        :func:`write_nir` holds the learning rule: for ``float`` numerics as it is, for ``fixed``
        after :meth:`CubaNetwork.in_weight_units`.

    Raises
    ------
    ValueError
        A file that is not there, damaged or of another kind; no dt; what cannot be read, by the
        name of its node: branches and larger loops, other nodes than those above, a reset to
        another potential than 0, time constants shorter than dt, padding beside pooling that one
        convolution cannot say, parameters that are missing, damaged or of a wrong shape.

    Notes
    -----
    Pedersen et al., "Neuromorphic intermediate representation: a unified instruction set for
    interoperable brain-inspired computing", Nature Communications 15:8122 (2024).
    """
    if dt is not None:
        dt = checks.positive("dt", dt)
    with open_hdf5(path, "a NIR file") as file:
        if not file.holds_group("node") or "type" not in file.group("node"):
            raise ValueError(f"{file.path} cannot be read as a NIR file: it has no node")
        graph = file.group("node")
        kind = graph.text("type")
        if kind != "NIRGraph":
            raise ValueError(
                f"{file.path} holds a node of type {printable(kind)}; it must be a NIRGraph"
            )
        step = _time_step(graph) if dt is None else dt
        maps, dense = layers_of(graph, step)
        layers = tuple(_cuba_layer(layer, step) for layer in dense)
        if not maps:
            return CubaNetwork(layers)
        return ConvolutionalNetwork(tuple(maps), CubaNetwork(layers) if layers else None)


def _time_step(graph: StoredGroup) -> float:
    """Return dt as a file of ours holds it."""
    if not graph.holds_group("metadata") or "dt" not in graph.group("metadata"):
        raise ValueError(
            f"{graph.path} does not hold dt, the length of a time step in the unit of its time "
            "constants; give it: read_nir(path, dt=1e-4), or --dt 1e-4 on the command line"
        )
    return checks.positive(f"dt of {graph.path}", graph.group("metadata").array("dt"))


def _cuba_layer(layer: Layer, dt: float) -> CubaLayer:
    """Return a layer by the equations of :func:`read_nir`."""
    neurons, post = layer.neurons, len(layer.weights)
    constants = EulerConstants(neurons, post, dt)
    recurrent = layer.recurrent
    with np.errstate(over="ignore", invalid="ignore"):
        weights = constants.gain[:, np.newaxis] * layer.weights
        added = constants.gain * layer.bias()
        if recurrent is not None:
            recurrent = constants.gain[:, np.newaxis] * recurrent
    # The bias of the synapses passes through the current, as spikes do.
    try:
        cuba = cuba_layer(
            weights,
            vth=constants.vth,
            du=neurons.exact("du", constant("du", constants.du, post, 0, 1), post),
            dv=neurons.exact("dv", constant("dv", constants.dv, post, 0, 1), post),
            bias=constants.leak,
            current_bias=added,
            sparse=layer.synapses is None,
            recurrent=recurrent,
        )
    except ValueError as error:
        neurons.refuse(error)
    return _with_plasticity(cuba, layer)


def _with_plasticity(cuba: CubaLayer, layer: Layer) -> CubaLayer:
    """Return a layer with the learning rule that a file of ours carries."""
    if layer.synapses is None:
        return cuba
    text = layer.synapses.carried_text(nir_plasticity.KEY, nir_plasticity.LONGEST)
    if text is None:
        return cuba
    try:
        return nir_plasticity.with_plasticity(cuba, text)
    except ValueError as error:
        layer.synapses.refuse(f"metadata/{nir_plasticity.KEY}: {error}")
