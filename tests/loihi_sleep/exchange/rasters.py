"""Spikes of a network for a given input, step by step."""

import engines
import h5py
import numpy as np
from lava.proc.io.source import RingBuffer

from loihi_sleep.processes.kernels.raster import unpack_raster
from loihi_sleep.processes.spike_probe.process import SpikeProbe
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session


def raster(inputs, steps, seed=0, rate=0.25):
    return np.random.default_rng(seed).random((steps, inputs)) < rate


def _run(connect_input, port_out, spikes, engine, numerics):
    source = RingBuffer(data=spikes.T.astype(int))
    connect_input(source.s_out)
    neurons = port_out.shape[0]
    probe = SpikeProbe(shape=(neurons,), raster_steps=len(spikes))
    port_out.connect(probe.s_in)
    with Session(source, select(engine, numerics)) as session:
        session.run(len(spikes))
        return unpack_raster(session.get(probe.raster), neurons)


def of_network(network, spikes, engine="compiled", numerics="fixed", **options):
    processes = network.build(numerics, seed=0, **options)
    flat = spikes.reshape(len(spikes), -1)
    return _run(processes.connect_input, processes.neurons[-1].s_out, flat, engine, numerics)


def of_netx(path, spikes, engine=None, **options):
    from lava.lib.dl.netx import hdf5

    network = hdf5.Network(str(path), **options)
    return _run(network.inp.connect_from, network.out, spikes, engine or engines.chosen, "fixed")


def export(path, blocks):
    """Write SLAYER blocks as its own tutorials do."""
    with h5py.File(path, "w") as file:
        layers = file.create_group("layer")
        for number, block in enumerate(blocks):
            block.export_hdf5(layers.create_group(str(number)))
    return path
