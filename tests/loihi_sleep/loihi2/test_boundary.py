"""Adapters stand where spikes cross between host and chip, and nowhere else."""

import engines
import numpy as np
import pytest
from lava.proc.dense.process import Dense, LearningDense
from lava.proc.io import sink, source
from lava.proc.lif.process import LIF, LIFRefractory
from lava.proc.monitor.process import Monitor
from lava.proc.sparse.process import Sparse

from loihi_sleep import networks, sleep
from loihi_sleep.errors import EngineUnavailable
from loihi_sleep.experiments import runner
from loihi_sleep.loihi2 import deploy, refusals
from loihi_sleep.processes.gated_dense.process import GatedDense
from loihi_sleep.processes.phase_gate.process import PhaseGate
from loihi_sleep.processes.sleep.process import Sleep
from loihi_sleep.processes.spike_probe.process import SpikeProbe
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session
from loihi_sleep.sleep.run import network_with_drive


def player(neurons=4, steps=6, **given):
    data = given.get("data", np.ones((neurons, steps), dtype=int))
    return source.RingBuffer(data=data)


def dense(post=3, pre=4, **options):
    return Dense(weights=np.full((post, pre), 40), **options)


def lif(neurons=3):
    return LIF(shape=(neurons,), vth=30, du=4095, dv=0)


def wired():
    """Two layers of the chip between a player and two probes of the host."""
    parts = {
        "player": player(),
        "first": dense(),
        "hidden": lif(),
        "second": dense(2, 3),
        "output": lif(2),
        "hidden_probe": SpikeProbe(shape=(3,)),
        "probe": SpikeProbe(shape=(2,)),
        "record": sink.RingBuffer(shape=(2,), buffer=6),
    }
    parts["player"].s_out.connect(parts["first"].s_in)
    parts["first"].a_out.connect(parts["hidden"].a_in)
    parts["hidden"].s_out.connect([parts["second"].s_in, parts["hidden_probe"].s_in])
    parts["second"].a_out.connect(parts["output"].a_in)
    parts["output"].s_out.connect([parts["probe"].s_in, parts["record"].a_in])
    return parts


def behind(port):
    return [connected.process for connected in port.out_connections]


def test_adapters_stand_where_spikes_cross_and_nowhere_else(adapters):
    parts = wired()
    deployed = deploy(parts["probe"], adapters)
    into, *out = deployed.adapters
    assert [type(each) for each in deployed.adapters] == [
        adapters.to_chip, adapters.from_chip, adapters.from_chip
    ]  # fmt: skip
    assert behind(parts["player"].s_out) == [into]
    assert behind(into.out) == [parts["first"]]
    # Within the chip nothing has changed; the probe hears through an adapter.
    assert behind(parts["first"].a_out) == [parts["hidden"]]
    assert behind(parts["second"].a_out) == [parts["output"]]
    assert behind(parts["hidden"].s_out) == [parts["second"], out[0]]
    assert behind(out[0].out) == [parts["hidden_probe"]]
    # Two that hear the same neurons share an adapter.
    assert behind(parts["output"].s_out) == [out[1]]
    assert behind(out[1].out) == [parts["probe"], parts["record"]]
    assert {each.proc_params["num_message_bits"] for each in deployed.adapters} == {0}
    assert [type(each) for each in deployed.chip] == [Dense, LIF, Dense, LIF]
    assert set(deployed.host) == {
        parts[name] for name in ("player", "hidden_probe", "probe", "record")
    }
    assert deployed.staying() == {
        f"{parts['player'].name} (RingBuffer)": "its data lie in the host's memory",
        f"{parts['hidden_probe'].name} (SpikeProbe)": "it records for the host",
        f"{parts['probe'].name} (SpikeProbe)": "it records for the host",
        f"{parts['record'].name} (RingBuffer)": "its data lie in the host's memory",
    }


def test_a_deployed_graph_runs_by_its_models_and_is_left_alone_by_a_second_call(adapters):
    counts = []
    for calls in (0, 1, 2):
        parts = wired()
        for _ in range(calls):
            deploy(parts["probe"], adapters)
        with Session(parts["player"], engines.models("fixed")) as session:
            session.run(6)
            counts.append(
                [session.get(parts[name].count).tolist() for name in ("hidden_probe", "probe")]
            )
    assert counts[0] == counts[1] == counts[2]
    assert counts[0] == [[5] * 3, [4] * 2]


def test_a_deployed_graph_runs_on_the_compiled_engine_with_adapters_in_python(adapters):
    parts = wired()
    deploy(parts["probe"], adapters)
    with Session(parts["player"], select("compiled", "fixed")) as session:
        session.run(6)
        counts = [session.get(parts[name].count).tolist() for name in ("hidden_probe", "probe")]
    assert counts == [[5] * 3, [4] * 2]


def test_reshaped_connections_cross_too(adapters):
    images, synapses, neurons = player(data=np.ones((2, 2, 6), dtype=int)), dense(), lif()
    images.s_out.reshape((4,)).connect(synapses.s_in)
    synapses.a_out.connect(neurons.a_in)
    record = sink.RingBuffer(shape=(1, 3), buffer=6)
    neurons.s_out.reshape((1, 3)).connect(record.a_in)
    deployed = deploy(images, adapters)
    assert [each.inp.shape for each in deployed.adapters] == [(2, 2), (3,)]
    with Session(images, engines.models("fixed")) as session:
        session.run(6)
        assert session.get(record.data).sum() == 15


def test_graded_messages_get_the_bits_of_the_synapses(adapters):
    given, synapses, neurons = player(data=np.full((4, 6), 7)), dense(num_message_bits=8), lif()
    given.s_out.connect(synapses.s_in)
    synapses.a_out.connect(neurons.a_in)
    (into,) = deploy(given, adapters).adapters
    assert into.proc_params["num_message_bits"] == 8


def test_what_the_experiments_put_to_sleep_can_be_deployed():
    for experiment in ("digits", "src"):
        found, config = runner.configure(experiment)
        assert refusals(found.network(config)) == []
    rng = np.random.default_rng(0)
    network = networks.layered((4, 3), [2 * rng.integers(-9, 9, (3, 4))])
    night = sleep.Night(steps=1, drive=sleep.Poisson(rates=0.1), seed=0)
    assert refusals(network_with_drive(network, night, "fixed")[0]) == []


@pytest.mark.parametrize(
    ("experiment", "names"),
    [
        ("foraging", ("Forager", "MapNeuron", "RewardedSynapses")),
        ("slow-wave", ("ResidualDense", "ResidualLIF", "SparseLIF")),
    ],
)
def test_experiments_that_compute_on_the_host_are_refused_with_all_names(
    experiment, names, adapters
):
    found, config = runner.configure(experiment, numerics="fixed" if "wave" in experiment else None)
    with pytest.raises(EngineUnavailable) as refusal:
        deploy(found.network(config), adapters)
    for name in names:
        assert f"({name}) would run on the host" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def through(stranger, port_in, port_out):
    """A Process of the host between two of the chip."""
    given, synapses, neurons = player(3), dense(3, 3), lif()
    given.s_out.connect(synapses.s_in)
    synapses.a_out.connect(neurons.a_in)
    after = dense(3, 3)
    if port_in is not None:
        neurons.s_out.connect(getattr(stranger, port_in))
    getattr(stranger, port_out).connect(after.s_in)
    # Without this the two halves of the graph might not be connected.
    neurons.s_out.connect(after.s_in)
    return neurons


def monitored():
    parts = wired()
    Monitor().probe(parts["hidden"].v, 6)
    return parts["hidden"]


def to_neurons():
    given, neurons = player(3), lif()
    given.s_out.connect(neurons.a_in)
    return given


def activations():
    synapses, record = dense(), SpikeProbe(shape=(3,))
    player_in = player()
    player_in.s_out.connect(synapses.s_in)
    synapses.a_out.connect(record.s_in)
    return record


def taught():
    rule = networks.layered((4, 3), [np.zeros((3, 4))]).layers[0].rule.loihi("fixed", 0)
    synapses, teacher = LearningDense(weights=np.zeros((3, 4)), learning_rule=rule), player(3)
    teacher.s_out.connect(synapses.s_in_bap)
    return synapses


def graded(bits, value):
    given, synapses = player(data=np.full((4, 6), value)), dense(num_message_bits=bits)
    given.s_out.connect(synapses.s_in)
    return given


def two_widths():
    given = player()
    for bits in (0, 8):
        given.s_out.connect(dense(num_message_bits=bits).s_in)
    return given


def reshaped_for_both():
    neurons, after, record = lif(), dense(3, 3), SpikeProbe(shape=(3,))
    neurons.s_out.reshape((3,)).connect([after.s_in, record.s_in])
    return neurons


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (
            lambda: through(LIFRefractory(shape=(3,), refractory_period=2), "a_in", "s_out"),
            "(LIFRefractory) would run on the host: no model for the chip is known",
        ),
        (
            lambda: through(PhaseGate(shape=(3,), wake_steps=1, sleep_steps=1), "wake_in", "s_out"),
            "(PhaseGate): what drives the chip cannot hear from it",
        ),
        (monitored, "(Monitor) would run on the host: Lava's monitors do not work with a chip"),
        (monitored, "references do not cross"),
        (to_neurons, "the host reaches neurons through s_in of synapses of the chip"),
        (taught, "the host reaches neurons through s_in of synapses of the chip"),
        (activations, "only spikes (s_out of neurons) leave the chip"),
        (lambda: graded(32, 7), "needs 32 message bits; adapters carry 24"),
        (lambda: graded(8, 200), "holds 200; messages of 8 bits are -128 .. 127"),
        (two_widths, "goes to synapses of [0, 8] message bits: connect a source to each"),
        (reshaped_for_both, "is reshaped for both sides at once: reshape it once for each"),
        (lambda: Sleep(shape=(3,), wake_steps=0, sleep_steps=1, rates=0.5, seed=0),
         "nothing of it would run on the chip"),
    ],
)  # fmt: skip
def test_what_cannot_cross_is_named_and_the_graph_is_left_as_it_was(build, said, adapters):
    process = build()
    with pytest.raises(EngineUnavailable, match="^engine 'loihi2' cannot run this network: ") as no:
        deploy(process, adapters)
    assert said in str(no.value)
    assert not any(adapters.include(each) for each in processes_of(process))


def processes_of(process):
    from lava.magma.compiler.compiler_graphs import find_processes

    return find_processes(process)


def test_a_process_of_yours_stays_on_the_host_where_you_say_so(adapters):
    class Camera(GatedDense):
        """Stands for a Process that brings data from outside."""

    def looking():
        camera = Camera(weights=np.ones((4, 4)), gain=1.0, potentiation=0.0, depression=0.0)
        synapses, neurons = dense(), lif()
        camera.a_out.connect(synapses.s_in)
        synapses.a_out.connect(neurons.a_in)
        return camera

    with pytest.raises(EngineUnavailable, match=r"\(Camera\) would run on the host"):
        deploy(looking(), adapters)
    camera = looking()
    deployed = deploy(camera, adapters, stays=[camera])
    assert deployed.host == (camera,)
    assert len(deployed.adapters) == 1


def test_sparse_synapses_and_their_shape(adapters):
    from scipy.sparse import csr_matrix

    given, synapses = player(), Sparse(weights=csr_matrix(np.eye(3, 4, dtype=int)))
    given.s_out.connect(synapses.s_in)
    (into,) = deploy(given, adapters).adapters
    assert into.inp.shape == (4,)
