"""What a network does is counted exactly, and it does the same when nobody counts."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import differential
import engines
import graph_description
import numpy as np
import pytest
import random_graphs
import random_rules
from graph_description import PLASTIC, SYNAPSES, Link, Node
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.magma.core.run_conditions import RunSteps
from lava.proc.dense.process import DelayDense, Dense, LearningDense
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF
from lava.proc.sparse.process import LearningSparse, Sparse
from scipy.sparse import csr_matrix
from shared_rules import BEFORE, POTENTIATION, SATURATION, UNTOLD, pairs

from loihi_sleep import engine
from loihi_sleep.engine.counting import not_counted
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.processes.gated_dense.process import GatedDense
from loihi_sleep.processes.receptive_synapses.process import ReceptiveSynapses

# Three inputs over four steps: 2, 1 and 3 spikes.
RASTER = np.array([[1, 0, 0, 1], [0, 1, 0, 0], [1, 1, 1, 0]])
# The inputs reach 2, 1 and 0 of the two neurons.
WEIGHTS = np.array([[20, 0, 0], [-40, 60, 0]])
# Two neurons that spike at steps 2 and 3, and at step 2.
ANSWERS = np.array([[0, 1, 1, 0], [0, 1, 0, 0]])


def hearing(synapses, raster=RASTER):
    source = Source(data=raster)
    source.s_out.connect(synapses.s_in)
    return synapses


def answered(synapses, answers=ANSWERS):
    """Let synapses hear when their post-synaptic neurons are said to spike."""
    Source(data=answers).s_out.connect(synapses.s_in_bap)
    return hearing(synapses)


def rule(dw, t_epoch=1):
    return Loihi2FLearningRule(dw=dw, x1_impulse=16, x1_tau=5, t_epoch=t_epoch, rng_seed=1)


def counted(process, *runs, numerics="fixed"):
    """What the network did; `runs` are steps, or something to do between them."""
    engine.attach(process, numerics)
    counter = engine.count(process)
    for run in runs or (4,):
        if callable(run):
            run()
        else:
            process.run(condition=RunSteps(run))
    process.stop()
    return counter.activity()


@pytest.mark.parametrize("kind", [Dense, Sparse, DelayDense])
def test_a_spike_costs_the_synapses_it_reaches(kind):
    weights = csr_matrix(WEIGHTS) if kind is Sparse else WEIGHTS
    delays = {"delays": np.array([[0, 1, 2], [2, 1, 0]])} if kind is DelayDense else {}
    synapses = hearing(kind(weights=weights, **delays))
    neurons = LIF(shape=(2,), vth=10**5, name="neurons")
    synapses.a_out.connect(neurons.a_in)
    activity = counted(neurons)
    found = activity.of(synapses.name)
    assert (found.synapses, found.arrivals) == (3, 6)
    assert found.operations == 2 * 2 + 1 * 1 + 3 * 0
    assert (found.updates, found.visits) == (0, 0)
    assert activity.of("neurons").neuron_updates == 2 * 4
    assert activity.of("neurons").spikes == 0
    source = next(part for part in activity.parts if part.kind == "RingBuffer")
    assert source.spikes == 6
    assert activity.total("operations") == 5


def test_neurons_are_counted_when_they_spike():
    synapses, neurons = hearing(Dense(weights=np.eye(3) * 100)), LIF(shape=(3,), vth=50, du=4095)
    synapses.a_out.connect(neurons.a_in)
    # Synapses and neurons answer one step later: what comes in the last step is not seen any more.
    assert counted(neurons).of(neurons.name).spikes == RASTER[:, :3].sum()


def test_plastic_synapses_count_even_at_zero():
    synapses = hearing(LearningDense(weights=WEIGHTS, learning_rule=rule(SATURATION)))
    assert counted(synapses).of(synapses.name).operations == 6 * 2


def test_phases_are_counted_apart():
    synapses = hearing(Dense(weights=WEIGHTS))
    engine.attach(synapses, "fixed")
    counter = engine.count(synapses)
    for steps, phase in ((2, "awake"), (1, "asleep"), (1, "awake")):
        synapses.run(condition=RunSteps(steps))
        counter.note_phase(phase)
    whole = counter.activity()
    awake, asleep = counter.phases["awake"], counter.phases["asleep"]
    assert (awake.steps, asleep.steps) == (3, 1)
    assert (awake.total("arrivals"), asleep.total("arrivals")) == (5, 1)
    # The third input reaches nobody.
    assert (awake.total("operations"), asleep.total("operations")) == (5, 0)
    assert (awake + asleep).parts == whole.parts
    synapses.stop()


@pytest.mark.parametrize(
    ("dw", "t_epoch", "updates"),
    [
        # Each input spike's two synapses.
        (SATURATION, 1, 6 * 2),
        # Each answer's three synapses.
        (POTENTIATION, 1, 3 * 3),
        # By steps: 2 inputs alone; 2 inputs and 2 neurons of 6 synapses; 1 and 1; 1 input alone.
        (pairs(1), 1, 4 + 6 + (2 + 3 - 1) + 2),
        # Epochs of two steps: inputs 1, 2, 3; then 1 and 3.
        (BEFORE, 2, 3 * 2 + 2 * 2),
        # Everything every second epoch.
        pytest.param("2^-6*u1*x1", 1, 2 * 6, marks=pytest.mark.slow),
        ("2^-6*u1*x1 + 2^-2*x0", 1, 4 + 6 + 2 + 6),
    ],
)
def test_a_synapse_is_updated_where_a_product_applies(dw, t_epoch, updates):
    synapses = answered(LearningDense(weights=WEIGHTS, learning_rule=rule(dw, t_epoch)))
    found = counted(synapses).of(synapses.name)
    assert found.updates == updates
    assert found.visits == 6 * (4 // t_epoch)
    assert found.active_rows == (6 if t_epoch == 1 else 5)


def test_only_sparse_synapses_that_are_there_are_updated():
    tags = csr_matrix(np.where(WEIGHTS, 1, 0))
    synapses = LearningSparse(
        weights=csr_matrix(WEIGHTS), tag_1=tags, tag_2=tags, learning_rule=rule(UNTOLD)
    )
    found = counted(answered(synapses)).of(synapses.name)
    # By steps: input 1 reaches both; inputs 2 and 3 and both neurons, all three synapses; input 3
    # has none, neuron 1 has one; input 1 reaches both.
    assert found.updates == 2 + 3 + 1 + 2
    assert found.operations == 5


@pytest.mark.parametrize("runs", [(4,), (2, 2), (1, 1, 1, 1), (1, 3), (3, 1)])
def test_an_epoch_may_lie_across_runs(runs):
    # In the first three steps inputs 2 and 3 spike; input 1 does in an epoch that does not end.
    raster = np.array([[0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0]])
    synapses = hearing(LearningDense(weights=WEIGHTS, learning_rule=rule(BEFORE, 3)), raster)
    found = counted(synapses, *runs).of(synapses.name)
    assert (found.updates, found.active_rows, found.visits) == (2 * 2, 2, 6)


def test_an_epoch_that_has_begun_before_counts_whole():
    synapses = answered(LearningDense(weights=WEIGHTS, learning_rule=rule(BEFORE, 3)))
    engine.attach(synapses)
    synapses.run(condition=RunSteps(1))
    counter = engine.count(synapses)
    synapses.run(condition=RunSteps(2))
    found = counter.activity().of(synapses.name)
    synapses.stop()
    assert found.arrivals == 3
    # Input 1 spiked in the first step only.
    assert (found.active_rows, found.updates) == (3, 6)


def test_weights_that_are_set_count_from_then_on():
    synapses = hearing(Dense(weights=WEIGHTS))
    activity = counted(synapses, 2, lambda: synapses.weights.set(np.full((2, 3), 8)), 2)
    # 1, 2 and 3 spike with 2, 1 and 0 synapses, 3 once more; then 3 and 1 with two each.
    assert activity.of(synapses.name).operations == (2 + 0 + 1 + 0) + (2 + 2)


def test_a_restored_network_is_counted_by_the_weights_of_its_time():
    synapses = hearing(Dense(weights=WEIGHTS))
    kept = []
    activity = counted(
        synapses,
        lambda: kept.append(engine.state(synapses)),
        lambda: synapses.weights.set(np.full((2, 3), 8)),
        2,
        lambda: engine.restore(synapses, kept[0]),
        4,
    )
    assert activity.steps == 6
    assert activity.of(synapses.name).operations == 4 * 2 + 5
    # A counter is beside what a network remembers.
    other = hearing(Dense(weights=WEIGHTS))
    engine.attach(other)
    engine.restore(other, kept[0])
    other.stop()


def test_a_new_counter_begins_anew():
    synapses = hearing(Dense(weights=WEIGHTS))
    engine.attach(synapses)
    first = engine.count(synapses)
    synapses.run(condition=RunSteps(3))
    second = engine.count(synapses)
    synapses.run(condition=RunSteps(1))
    synapses.stop()
    assert first.activity().of(synapses.name).arrivals == 5
    assert second.activity().of(synapses.name).arrivals == 1


def test_rules_that_are_not_loihis_are_said_not_to_be_counted():
    synapses = hearing(GatedDense(weights=WEIGHTS / 10, potentiation=0.1, depression=0.1))
    found = counted(synapses, numerics="float").of(synapses.name)
    assert (found.operations, found.updates) == (12, None)
    assert "not counted" in found.text()


def test_synapses_that_are_listed_by_neuron_count():
    synapses = hearing(
        ReceptiveSynapses(
            sources=[[0, 1], [0, 2]], weights=np.ones((2, 2)), pre=3, seed=0, cycle_steps=4
        )
    )
    assert counted(synapses, numerics="float").of(synapses.name).operations == 2 * 2 + 1 + 3


def test_networks_that_others_run_are_counted():
    def run(steps):
        synapses = hearing(Dense(weights=WEIGHTS))
        engine.attach(synapses)
        synapses.run(condition=RunSteps(steps))
        synapses.stop()

    run(1)
    with engine.counting() as counters, engine.counting(own_thread=True) as own:
        run(4)
        with ThreadPoolExecutor(1) as other:
            other.submit(run, 2).result()
        with not_counted():
            run(5)
    run(3)
    activities = [counter.activity() for counter in counters]
    assert [(one.steps, one.total("operations")) for one in activities] == [(4, 5), (2, 3)]
    assert own == counters[:1]


def test_a_network_must_be_attached():
    with pytest.raises(ValueError, match="not attached to the compiled engine"):
        engine.count(Dense(weights=WEIGHTS))


def test_a_network_that_has_been_stopped_cannot_be_counted():
    synapses = hearing(Dense(weights=WEIGHTS))
    engine.attach(synapses)
    synapses.stop()
    with pytest.raises(RuntimeError, match="count: the network has been stopped"):
        engine.count(synapses)


def test_an_unknown_name_is_named():
    synapses = hearing(Dense(weights=WEIGHTS))
    with pytest.raises(ValueError, match="no Process is named 'nobody'"):
        counted(synapses).of("nobody")


def with_listeners(graph):
    """Add a sink beside each port of synapses that hears spikes."""
    nodes, links = list(graph.nodes), list(graph.links)
    steps = sum(graph.runs)
    for node in graph.nodes:
        if node.kind not in SYNAPSES:
            continue
        post, pre = np.shape(node.arguments["weights"])
        for port, size in (("s_in", pre), ("s_in_bap", post)):
            name = f"{node.name}_{port}"
            nodes.append(Node(name, "Sink", {"shape": (size,), "buffer": steps}))
            links += [
                Link(link.sender, f"{name}.a_in", link.through)
                for link in graph.links
                if link.receiver == f"{node.name}.{port}"
            ]
    # Whoever sets what spiked within an epoch tells a rule what no sink hears.
    writes = tuple(w for w in graph.writes if not w.var.endswith((".tx", ".ty")))
    linked = {link.receiver.split(".")[0] for link in links}
    nodes = [node for node in nodes if not node.name.endswith("_s_in_bap") or node.name in linked]
    return dataclasses.replace(graph, nodes=tuple(nodes), links=tuple(links), writes=writes)


def brute_force(graph, numerics):
    """Run with a counter; return the activity, and the counts worked out from what sinks heard."""
    built = graph_description.build(graph)
    try:
        engine.attach(built.first, numerics, python="refuse")
    except UnsupportedGraph as error:
        # Operations are counted of compiled synapses only.
        if "first product waits for a post-synaptic spike" not in str(error):
            raise
        reject()
    counter = engine.count(built.first)
    plastic = [node for node in graph.nodes if node.kind in PLASTIC]
    static = [node for node in graph.nodes if node.kind in SYNAPSES and node not in plastic]

    def there(node):
        weights = built.processes[node.name].weights.get()
        return np.asarray(weights.toarray() if hasattr(weights, "toarray") else weights) != 0

    listed = {
        node.name: there(node)
        if node.kind == "LearningSparse"
        else np.ones(np.shape(node.arguments["weights"]), dtype=bool)
        for node in plastic
    }
    fan_out = {node.name: [] for node in static}
    for index, steps in enumerate(graph.runs):
        for node in static:
            fan_out[node.name] += [there(node).sum(axis=0)] * steps
        built.first.run(condition=RunSteps(steps))
        for write in graph.writes:
            if write.after_run == index:
                differential._write(
                    built.member(write.var), write.values, lambda function, what: function()
                )
    heard = {
        name: process.data.get() != 0
        for name, process in built.processes.items()
        if name.endswith(("_s_in", "_s_in_bap"))
    }
    built.first.stop()
    expected = {}
    for node in [*static, *plastic]:
        spikes = heard[f"{node.name}_s_in"]
        reached = (
            np.array(fan_out[node.name]).T
            if node in static
            else listed[node.name].sum(axis=0)[:, np.newaxis]
        )
        expected[node.name] = [spikes.sum(), (spikes * reached).sum()]
    for node in plastic:
        if node.arguments.get("graded_spike_cfg") != "ADD_WITHOUT_SATURATION":
            post = heard.get(
                f"{node.name}_s_in_bap", np.zeros((len(listed[node.name]), 10**3), bool)
            )
            learning_rule = built.processes[node.name].proc_params["learning_rule"]
            expected[node.name].append(
                updates(learning_rule, listed[node.name], heard[f"{node.name}_s_in"], post)
            )
    return counter.activity(), {
        built.processes[name].name: counts for name, counts in expected.items()
    }


def updates(learning_rule, there, pre, post):
    """Count, epoch by epoch and synapse by synapse."""
    products = [p for s in learning_rule.active_product_series.values() for p in s.products]
    t_epoch, total = learning_rule.t_epoch, 0
    for epoch in range(pre.shape[1] // t_epoch):
        steps = slice(epoch * t_epoch, (epoch + 1) * t_epoch)
        touched = np.zeros(there.shape, dtype=bool)
        for product in products:
            if product.dependency == "x0":
                touched |= pre[:, steps].any(axis=1)
            elif product.dependency == "y0":
                touched |= post[:, steps].any(axis=1)[:, np.newaxis]
            elif (epoch + 1) % 2**product.decimate_exponent == 0:
                touched[:] = True
        total += (touched & there).sum()
    return total


def few_rules(numerics):
    """Three rules of those that are compared with Lava, the first for sparse synapses as well."""
    first, *_, last_but_one, last = random_rules.varied_pool(numerics)
    return [first, last_but_one, last]


def on_random_graphs(max_examples, numerics, **drawing):
    """Decorate a test with networks of one kind: a third of those said, or all with ``--lava``."""
    choose = random_rules.varied_pool
    if engines.chosen != "lava":
        max_examples //= 3
        choose = few_rules
    graphs = st.deferred(lambda: random_graphs.graphs(numerics, pool=choose(numerics), **drawing))
    options = settings(
        max_examples=max_examples,
        derandomize=True,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: pytest.mark.timeout(900)(options(given(graphs)(test)))


def check(graph, numerics):
    graph = with_listeners(graph)
    activity, expected = brute_force(graph, numerics)
    for name, counts in expected.items():
        found = activity.of(name)
        assert [found.arrivals, found.operations, found.updates][: len(counts)] == counts, name
    assert activity.steps == sum(graph.runs)
    plain = differential.run_on_engine(graph, numerics)
    with engine.counting() as counters:
        assert (
            differential.difference(plain, differential.run_on_engine(graph, numerics), "fixed")
            is None
        )
    assert counters[0].activity().parts[0].spikes == activity.parts[0].spikes


@on_random_graphs(
    12, "fixed", kinds=PLASTIC, layers=(1, 2), runs=((5, 12), (7, 1, 9), (64, 3), (1, 10))
)
def test_counts_of_random_plastic_layers_are_those_of_brute_force(graph):
    check(graph, "fixed")


@on_random_graphs(20, "fixed")
def test_counts_of_random_networks_are_those_of_brute_force(graph):
    check(graph, "fixed")


@on_random_graphs(10, "float", runs=((12,), (5, 12), (20, 20)))
def test_counts_of_random_networks_in_float_are_those_of_brute_force(graph):
    check(graph, "float")


@on_random_graphs(4, "fixed", runs=random_graphs.LONG_RUNS)
def test_counts_of_long_runs_are_those_of_brute_force(graph):
    check(graph, "fixed")
