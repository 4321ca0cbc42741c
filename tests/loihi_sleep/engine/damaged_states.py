"""Damages states of networks at random and has the networks take them; run in a child process.

A state that leads the compiled code out of its arrays ends the process, or shows as an exit code.
"""

from __future__ import annotations

import copy
import faulthandler
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.run_conditions import RunSteps
from lava.proc.conv.process import Conv
from lava.proc.dense.process import DelayDense, LearningDense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF
from lava.proc.sparse.process import DelaySparse, LearningSparse
from scipy.sparse import random as random_matrix
from shared_rules import pairs

from loihi_sleep import engine
from loihi_sleep.networks.foraging import ForagingNetwork
from loihi_sleep.processes.current_drive.process import CurrentDrive
from loihi_sleep.processes.forager.process import Forager
from loihi_sleep.processes.frame_drive.process import FrameDrive
from loihi_sleep.processes.residual_dense.process import ResidualDense
from loihi_sleep.processes.sleep.process import Sleep
from loihi_sleep.processes.sparse_lif.process import SparseLIF
from loihi_sleep.processes.spike_probe.process import SpikeProbe
from loihi_sleep.sleep import Poisson

STEPS = 40
_INTEGERS = (-(2**31), -1000, -1, 0, 1, 2, 7, 100, 5000, 10**6, 2**31 - 1)
_REALS = (np.nan, np.inf, -np.inf, -1.0, 0.0, 1e-320, 1e-19, 0.5, 3.0, 1e300)
_OTHER = (None, "text", -1, 2.5, True, np.nan, 2**40, [], {}, 1j, np.zeros((2, 2)))


def rule(t_epoch: int) -> Loihi2FLearningRule:
    return Loihi2FLearningRule(
        dw=pairs(t_epoch),
        x1_impulse=4,
        x1_tau=9,
        y1_impulse=3,
        y1_tau=9,
        t_epoch=t_epoch,
        rng_seed=1,
    )


def plastic(t_epoch: int, *, sparse: bool = False) -> AbstractProcess:
    """Drawn spikes into plastic synapses, whose neurons are counted."""
    pre, post = 20, 12
    noise = Sleep(shape=(pre,), wake_steps=1, sleep_steps=4, rates=0.2, seed=1)
    weights = random_matrix(post, pre, 0.5, "csr", random_state=1)
    weights.data = np.rint(100 * weights.data)
    synapses = (
        LearningSparse(weights=weights, learning_rule=rule(t_epoch))
        if sparse
        else LearningDense(weights=weights.toarray(), learning_rule=rule(t_epoch))
    )
    neurons, probe = LIF(shape=(post,), vth=150, du=4095, dv=100), SpikeProbe(shape=(post,))
    noise.s_out.connect(synapses.s_in)
    synapses.a_out.connect(neurons.a_in)
    neurons.s_out.connect(synapses.s_in_bap)
    neurons.s_out.connect(probe.s_in)
    return neurons


def delayed() -> AbstractProcess:
    """A played raster, transposed on its way, into synapses with delays."""
    rng = np.random.default_rng(2)
    source = Source(data=(rng.random((2, 6, 9)) < 0.3).astype(int))
    synapses = DelayDense(weights=np.full((5, 12), 40), delays=rng.integers(0, 7, (5, 12)))
    neurons, sink = LIF(shape=(5,), vth=60, du=4095, dv=0), Sink(shape=(5,), buffer=8)
    source.s_out.transpose((1, 0)).reshape((12,)).connect(synapses.s_in)
    synapses.a_out.connect(neurons.a_in)
    neurons.s_out.connect(sink.a_in)
    return neurons


def convolved() -> AbstractProcess:
    """A played image through a convolution, into sparse synapses with delays."""
    rng = np.random.default_rng(4)
    source = Source(data=rng.integers(-2, 3, (5, 6, 2, 7)))
    convolution = Conv(
        weight=rng.integers(-90, 99, (4, 3, 2, 1)),
        input_shape=(5, 6, 2),
        stride=2,
        groups=2,
        num_message_bits=8,
    )
    neurons = LIF(shape=convolution.a_out.shape, vth=60, du=4095, dv=0)
    weights = random_matrix(5, neurons.a_in.size, 0.5, "csr", random_state=1)
    weights.data = np.rint(100 * weights.data)
    delays = weights.astype(int)
    delays.data = rng.integers(1, 7, delays.data.size)
    synapses = DelaySparse(weights=weights, delays=delays)
    outputs = LIF(shape=(5,), vth=60, du=4095, dv=0)
    source.s_out.connect(convolution.s_in)
    convolution.a_out.connect(neurons.a_in)
    neurons.s_out.flatten().connect(synapses.s_in)
    synapses.a_out.connect(outputs.a_in)
    return outputs


def drawn_current() -> AbstractProcess:
    drive = CurrentDrive(shape=(6,), mean=1, std=3, hold=2, seed=3)
    neurons = LIF(shape=(6,), vth=10, du=4095, dv=0)
    drive.a_out.connect(neurons.a_in)
    return neurons


def foraging() -> AbstractProcess:
    network = ForagingNetwork(
        hidden=30, fan_in=5, cycle_steps=10, decision_steps=8, output_weight=0.3
    )
    schedule = {"wake_steps": 20, "sleep_steps": 10}
    world = Forager(
        orientations=(0, 3),
        worth=[1.0, 0.0, 0.0, -0.5, -0.05],
        seed=5,
        particles=30,
        size=20,
        cycle_steps=10,
        decision_steps=8,
        sleep_reward=0.2,
        **schedule,
    )
    replay = partial(Poisson(0.002).build, 30, 30)
    return network.build(world, seed=3, replay=replay, **schedule).world


def dictionary() -> AbstractProcess:
    frames = FrameDrive(np.full((3, 6), 40.0), frame_steps=5)
    neurons = SparseLIF(shape=(6,), vth=50)
    synapses = ResidualDense(weights=np.ones((4, 6)), residual="pre", epoch=4)
    frames.a_out.connect(neurons.a_in)
    neurons.s_out.connect(synapses.s_in)
    return neurons


NETWORKS: dict[str, tuple[Callable[[], AbstractProcess], str]] = {
    "dense, epochs of 3": (lambda: plastic(3), "fixed"),
    "dense, epochs of 1, float": (lambda: plastic(1), "float"),
    "sparse": (lambda: plastic(2, sparse=True), "fixed"),
    "delays": (delayed, "fixed"),
    "convolution": (convolved, "fixed"),
    "currents": (drawn_current, "float"),
    "foraging": (foraging, "float"),
}


def damaged(state: engine.State, rng: np.random.Generator) -> engine.State:
    """Damage a state in one way."""
    parts = {
        "time_step": state.time_step,
        "arrays": {name: array.copy() for name, array in state.arrays.items()},
        "kept": list(copy.deepcopy(state.kept)),
        "layers": copy.deepcopy(list(state.layers)),
    }
    way = rng.random()
    if way < 0.75:
        _damage_array(parts["arrays"], rng)
    elif way < 0.8:
        parts["time_step"] = _one_of(_OTHER, rng)
    elif way < 0.85:
        name = _one_of(sorted(parts["arrays"]), rng)
        parts["arrays"][name] = _one_of((parts["arrays"][name][1:], *_OTHER), rng)
    elif way < 0.95 and parts["kept"]:
        place = rng.integers(len(parts["kept"]))
        parts["kept"][place] = _damaged_content(parts["kept"][place], rng)
    elif parts["layers"]:
        _damage_layer(parts["layers"][0], rng)
    return engine.State(**parts)


def _one_of(choices: Any, rng: np.random.Generator) -> Any:
    return choices[rng.integers(len(choices))]


def _damage_array(arrays: dict[str, Any], rng: np.random.Generator) -> None:
    name = _one_of(("index", "index", "counters", "counters", "reals", "values"), rng)
    array = arrays[name]
    if not array.size:
        return
    values = _INTEGERS if array.dtype.kind == "i" else _REALS
    first, many = rng.integers(array.size), _one_of((1, 1, 5, array.size), rng)
    part = array[first : first + many]
    part[:] = rng.choice(values, part.size) if rng.random() < 0.5 else _one_of(values, rng)


def _damaged_content(content: Any, rng: np.random.Generator) -> Any:
    if not isinstance(content, np.ndarray) or rng.random() < 0.4:
        return _one_of(_OTHER, rng)
    values = _INTEGERS[2:9] if content.dtype.kind == "i" else _REALS
    changed = content.copy()
    changed.flat[rng.integers(changed.size)] = _one_of(values, rng)
    return changed


def _damage_layer(layer: dict[str, Any], rng: np.random.Generator) -> None:
    key = _one_of(sorted(layer), rng)
    if rng.random() < 0.3:
        layer[key] = _one_of(_OTHER, rng)
    elif key == "generators":
        if layer[key]:
            layer[key][0]["state"]["inc"] = _one_of((-1, 2, 2**200, None), rng)
    else:
        layer[key][_one_of(sorted(layer[key]), rng)] = _one_of(_OTHER[:6], rng)


def try_all(count: int, seed: int) -> Iterator[tuple[str, bool]]:
    """Have each network take damaged states; say of each whether it was refused."""
    for name, (build, numerics) in NETWORKS.items():
        rng = np.random.default_rng(seed)
        process = build()
        engine.attach(process, numerics)
        process.run(condition=RunSteps(STEPS))
        good = engine.state(process)
        for _ in range(count):
            try:
                engine.restore(process, damaged(good, rng))
            except ValueError:
                assert_same(engine.state(process), good)
                yield name, True
                continue
            process.run(condition=RunSteps(STEPS))
            engine.restore(process, good)
            yield name, False
        process.stop()


def assert_same(first: engine.State, second: engine.State) -> None:
    assert first.time_step == second.time_step
    for name, array in first.arrays.items():
        np.testing.assert_array_equal(array, second.arrays[name], err_msg=name)
    for one, other in zip(first.kept, second.kept, strict=True):
        np.testing.assert_array_equal(one, other)
    assert first.layers == second.layers


if __name__ == "__main__":
    faulthandler.enable()
    refused, taken = 0, 0
    for _, is_refused in try_all(int(sys.argv[1]), int(sys.argv[2])):
        refused, taken = refused + is_refused, taken + (not is_refused)
    print(refused, taken)
