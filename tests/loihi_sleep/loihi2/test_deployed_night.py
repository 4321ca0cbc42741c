"""A night as the chip runs it: drawn in advance, played through adapters, weights read back.

The adapters are stand-ins, and Lava's models stand for the chip: once on its simulator.
"""

import dataclasses

import numpy as np
import pytest
from lava.magma.core.run_conditions import RunSteps
from lava.proc.lif.process import LIF, LearningLIF

from loihi_sleep import consolidation, networks, rules, sleep
from loihi_sleep.datasets import load_stream
from loihi_sleep.datasets.digits import IMAGE
from loihi_sleep.errors import EngineUnavailable, RunFailed
from loihi_sleep.experiments.src.digits import DigitsConfig
from loihi_sleep.processes.sleep.process import Sleep
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session
from loihi_sleep.sleep.run import drawn_in_advance, network_with_drive, network_with_raster
from loihi_sleep.training import sgd

STEPS = 130


def network():
    rng = np.random.default_rng(0)
    weights = [2 * rng.integers(-50, 60, shape) for shape in ((12, 9), (3, 12))]
    bias = [np.full(12, 1.5), np.zeros(3)]
    rule = rules.sleep_hebb(0.2, 0.73)
    return networks.layered((9, 12, 3), weights, rule, vth=(100, 60), bias=bias)


def cuba_network():
    """A network with a static layer and one that learns, as one of lava-dl's might."""
    rule = rules.sleep_hebb(0.2, 0.73)
    return network().plastic([rule, None])


def night(**drive):
    plane = {"plane": (3, 3), "window": 2, "wave_period": 20.0, "wave_depth": 0.5}
    return sleep.Night(steps=STEPS, drive=sleep.Poisson(**{"rates": 0.4, **plane, **drive}), seed=4)


def weights_after(wired, steps=STEPS):
    source, processes = wired
    with Session(source, select("compiled", "fixed")) as session:
        session.run(steps)
        return [session.get(synapses.weights) for synapses in processes.synapses]


def equal(one, other):
    return all((w == v).all() for w, v in zip(one, other, strict=True))


def test_a_night_drawn_in_advance_equals_one_drawn_step_by_step():
    by_step = weights_after(network_with_drive(network(), night(), "fixed"))
    in_advance = weights_after(
        network_with_raster(network(), night(), drawn_in_advance(network(), night()))
    )
    assert equal(by_step, in_advance)
    assert not equal(by_step, network().weights)


def test_neurons_for_the_chip_know_the_rule_of_their_synapses():
    _, processes = network_with_raster(network(), night(), drawn_in_advance(network(), night()))
    for neurons, synapses in zip(processes.neurons, processes.synapses, strict=True):
        assert type(neurons) is LearningLIF
        rule = neurons.proc_params["learning_rule"]
        assert rule is synapses.proc_params["learning_rule"]
    assert type(network_with_drive(network(), night(), "fixed")[1].neurons[0]) is LIF


@pytest.mark.parametrize(
    ("make", "on_lava"),
    [pytest.param(network, True, marks=pytest.mark.slow), (cuba_network, False)],
)
def test_a_night_through_adapters_that_do_not_delay_is_the_night(
    adapters, simulated_chip, make, on_lava
):
    deployed, compiled = (
        sleep.run_night(make(), night(), run_cfg, raster_steps=STEPS)
        for run_cfg in (simulated_chip(adapters, on_lava), select("compiled", "fixed"))
    )
    assert equal(deployed.weights, compiled.weights)
    assert equal(deployed.rasters, compiled.rasters)
    assert equal(deployed.spikes, compiled.spikes)
    assert (deployed.rates == compiled.rates).all()
    assert compiled.rates[:, 1:].any()


@pytest.mark.slow
@pytest.mark.parametrize(
    "drive",
    [
        sleep.Raster(np.eye(9)),
        sleep.Patterns(np.eye(9)[:2] + 0.1 * np.eye(9)[2:4], pattern_steps=7),
        sleep.SlowWave(sleep.Poisson(0.4), 20.0, 1.0),
    ],
)
def test_any_drive_is_played_to_a_chip(adapters, simulated_chip, drive):
    asleep = sleep.Night(STEPS, drive, seed=4)
    of_chip, simulated = (
        sleep.run_night(network(), asleep, run_cfg, raster_steps=STEPS)
        for run_cfg in (simulated_chip(adapters), select("compiled", "fixed"))
    )
    assert equal(of_chip.weights, simulated.weights)
    assert equal(of_chip.rasters, simulated.rasters)
    assert (of_chip.rates == simulated.rates).all()


@pytest.mark.parametrize(
    "config",
    [
        DigitsConfig.model_validate({"hidden": (40, 30), "sleep": {"steps": 100}}),
        pytest.param(DigitsConfig(), marks=pytest.mark.slow),
    ],
    ids=["small", "full size"],
)
def test_a_night_of_digits_is_the_night(adapters, simulated_chip, config):
    days = load_stream("digits", seed=0).train
    weights = sgd.initial_weights((64, *config.hidden, 10), config.wake, 0)
    weights = sgd.train(weights, days, config.wake, 1)
    maxima = np.array([layer.max() for layer in sgd.activations(weights, days.x)])
    memory = consolidation.Memory(days.x.mean(axis=0), len(days.x), maxima)
    evening = config.sleep.prepare(weights, memory, 0, numerics="fixed", plane=IMAGE[1:])
    deployed, compiled = (
        sleep.run_night(evening.network, evening.night(3), run_cfg)
        for run_cfg in (simulated_chip(adapters), select("compiled", "fixed"))
    )
    assert equal(deployed.weights, compiled.weights)
    pairs = zip(deployed.weights, evening.network.weights, strict=True)
    assert min((w != v).mean() for w, v in pairs) > 0.02


def test_only_what_plays_and_records_stays_on_the_host(adapters, simulated_chip):
    run_cfg, deployed = simulated_chip(adapters), []
    prepare = run_cfg.prepare
    run_cfg.prepare = lambda process: deployed.append(prepare(process))
    sleep.run_night(network(), night(), run_cfg)
    (night_of_chip,) = deployed
    kinds = [
        sorted({type(each).__name__ for each in side})
        for side in (night_of_chip.host, night_of_chip.chip, night_of_chip.adapters)
    ]
    assert kinds == [
        ["RingBuffer", "SpikeProbe"],
        ["LearningDense", "LearningLIF"],
        ["NxToPyAdapter", "PyToNxAdapter"],
    ]
    assert len(night_of_chip.adapters) == 3


def test_an_adapter_that_delays_leaves_the_last_steps_unheard(late_adapters, simulated_chip):
    # With a step of delay the network hears the noise one step later: as if the night began with
    # a step of silence. Its last step of noise comes after the end.
    deployed = sleep.run_night(
        network(), night(), simulated_chip(late_adapters), raster_steps=STEPS
    )
    raster = drawn_in_advance(network(), night())
    shifted = np.vstack([np.zeros((1, 9), dtype=bool), raster[:-1]])
    assert equal(deployed.weights, weights_after(network_with_raster(network(), night(), shifted)))
    # What the layers did reaches the host a step after it happened, so two steps late in all.
    on_time = sleep.run_night(network(), night(), select("compiled", "fixed"), raster_steps=STEPS)
    assert not deployed.rasters[1][:2].any()
    first = np.flatnonzero(on_time.rasters[1].any(axis=1))[0]
    assert (deployed.rasters[1][first + 2] == on_time.rasters[1][first]).all()


def test_a_network_of_yours_gets_its_adapters_when_it_is_run(adapters, simulated_chip):
    from lava.proc.dense.process import LearningDense

    def learned(run_cfg):
        rule = rules.sleep_hebb(potentiation=2, depression=2).loihi("fixed", seed=1)
        synapses = LearningDense(weights=np.full((5, 16), 20), learning_rule=rule)
        neurons = LIF(shape=(5,), vth=100, du=4095, dv=40)
        drive = Sleep(shape=(16,), rates=np.linspace(0, 1, 16), wake_steps=0, sleep_steps=1, seed=0)
        drive.s_out.connect(synapses.s_in)
        synapses.a_out.connect(neurons.a_in)
        neurons.s_out.connect(synapses.s_in_bap)
        drive.run(condition=RunSteps(40), run_cfg=run_cfg)
        weights = synapses.weights.get()
        drive.stop()
        return weights, drive.s_out.out_connections[0].process

    through, behind = learned(simulated_chip(adapters))
    assert type(behind) is adapters.to_chip
    assert (through == learned(select("compiled"))[0]).all()
    assert (through != 20).any()


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (NotImplementedError("weights of a Dense"), "weights of a Dense"),
        pytest.param(
            np.full((3, 12), 300.0),
            "holds 300; it must be from -256 to 255",
            marks=pytest.mark.slow,
        ),
        pytest.param(np.zeros((12, 3)), r"has shape \(12, 3\)", marks=pytest.mark.slow),
    ],
)
def test_a_night_ends_early_where_weights_cannot_be_read(
    adapters, simulated_chip, monkeypatch, read, said
):
    def get(self, var):
        if var.name != "weights":
            return np.zeros(var.shape)
        if isinstance(read, Exception):
            raise read
        return read

    monkeypatch.setattr(Session, "get", get)
    heard = []
    with pytest.raises(RunFailed, match=f"cannot be read back from the chip.*issue 502.*{said}"):
        sleep.run_night(
            network(), night(), simulated_chip(adapters, True), on_progress=heard.append
        )
    assert not heard


def test_what_a_chip_cannot_learn_is_refused_by_name(adapters, simulated_chip):
    run_cfg = simulated_chip(adapters)
    gated = networks.gated(
        [np.ones((3, 9))], gains=[1.0], vth=[1.0], leak=0.0, potentiation=0.1, depression=0.1
    )
    with pytest.raises(EngineUnavailable, match="cannot learn a GatedNetwork"):
        sleep.run_night(gated, night(), run_cfg)
    shuffled = dataclasses.replace(network(), shuffled=True)
    with pytest.raises(EngineUnavailable, match=r"\(ShuffledDense\) would run on the host"):
        sleep.run_night(shuffled, night(), run_cfg)


def test_a_drive_that_does_not_fit_is_refused_before_anything_is_wired():
    with pytest.raises(ValueError, match="window is 4; it must be an integer from 0 to 3"):
        drawn_in_advance(network(), night(window=4))
