import dataclasses
from itertools import pairwise

import engines
import h5py
import nir
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rasters import of_network, raster

from loihi_sleep import consolidation, exchange, networks, rules, sleep
from loihi_sleep.fit import check
from loihi_sleep.run.select import select

REAL = st.floats(-10, 10, allow_subnormal=False)
DECAY = st.one_of(st.floats(1e-4, 1), st.integers(1, 4096).map(lambda part: part / 4096))


@st.composite
def real_networks(draw):
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    layers = []
    for pre, post in pairwise(sizes):
        du, dv = draw(st.sampled_from([(1.0, 0.0), (1.0, None), (None, None)]))

        def constant(elements, post=post):
            return draw(st.one_of(elements, arrays(float, (post,), elements=elements)))

        layers.append(
            networks.cuba_layer(
                draw(arrays(float, (post, pre), elements=REAL)),
                vth=constant(st.floats(0, 100)),
                du=constant(DECAY) if du is None else du,
                dv=constant(DECAY) if dv is None else dv,
                bias=draw(arrays(float, (post,), elements=REAL)),
                current_bias=draw(arrays(float, (post,), elements=REAL)) if du is None else 0,
                recurrent=draw(st.none() | arrays(float, (post, post), elements=REAL)),
            )
        )
    return networks.CubaNetwork(tuple(layers))


@settings(max_examples=settings.default.max_examples // 3)
@given(real_networks(), st.floats(1e-6, 10))
def test_a_network_comes_back_to_the_last_bit(tmp_path_factory, network, dt):
    path = tmp_path_factory.mktemp("nir") / "a.nir"
    exchange.write_nir(path, network, dt)
    again = exchange.read_nir(path)
    for one, two in zip(network.layers, again.layers, strict=True):
        for name in ("weights", "vth", "du", "dv", "bias", "current_bias", "recurrent"):
            assert np.array_equal(getattr(one, name), getattr(two, name)), name


def graph_of(nodes, edges=None, **metadata):
    names = list(nodes)
    ends = {"in": nir.Input(np.array([2])), "out": nir.Output(np.array([1]))}
    edges = edges or list(zip(["in", *names], [*names, "out"], strict=True))
    return nir.NIRGraph({**ends, **nodes}, edges, metadata=metadata, type_check=False)


def written(path, nodes, edges=None, **metadata):
    nir.write(path, graph_of(nodes, edges, **metadata))
    return path


def chain(path, *nodes):
    """Write nodes in a row, the first of which is an input, and the last an output."""
    names = [f"{number}" for number in range(len(nodes))]
    edges = list(pairwise(names))
    graph = nir.NIRGraph(dict(zip(names, nodes, strict=True)), edges, type_check=False)
    nir.write(path, graph)
    return path


def values(*numbers):
    return np.array(numbers, dtype=float)


def lif(**changes):
    given = {"tau": 0.02, "r": 3.0, "v_leak": 0.5, "v_threshold": 1.0, "v_reset": 0.0}
    return nir.LIF(**{name: values(value) for name, value in (given | changes).items()})


def cuba_lif(**changes):
    given = {"tau_mem": 0.02, "tau_syn": 0.004, "r": 3.0, "v_leak": 0.5, "v_threshold": 1.0}
    given |= {"w_in": 2.0, "v_reset": 0.0}
    return nir.CubaLIF(**{name: values(value) for name, value in (given | changes).items()})


LINEAR = nir.Linear(values([0.2, -0.4]))


def test_constants_by_pencil_and_paper(tmp_path):
    # dt / tau = 1 / 20, of the synapses 1 / 4.
    affine = nir.Affine(values([0.2, -0.4]), values(0.1))
    network = exchange.read_nir(written(tmp_path / "a.nir", {"w": affine, "n": lif()}), dt=0.001)
    (layer,) = network.layers
    assert (layer.du, layer.vth) == (1.0, 1.0)
    assert layer.dv == pytest.approx(1 / 20)
    assert layer.weights == pytest.approx(np.array([[0.03, -0.06]]))
    assert layer.bias == pytest.approx([3 * 0.1 / 20 + 0.5 / 20])

    path = written(tmp_path / "b.nir", {"w": LINEAR, "n": cuba_lif()})
    (layer,) = exchange.read_nir(path, dt=0.001).layers
    assert (layer.du, layer.dv) == pytest.approx((1 / 4, 1 / 20))
    assert layer.weights == pytest.approx(3 / 20 * 2 / 4 * np.array([[0.2, -0.4]]))
    assert layer.bias == pytest.approx([0.5 / 20])

    neurons = nir.IF(values(50.0), values(1.0), values(0.0))
    path = written(tmp_path / "c.nir", {"w": LINEAR, "n": neurons})
    (layer,) = exchange.read_nir(path, dt=0.01).layers
    assert (layer.du, layer.dv) == (1.0, 0.0)
    assert layer.weights == pytest.approx(0.5 * np.array([[0.2, -0.4]]))


def euler(graph, spikes, dt):
    """Spikes of a chain of Affine and CubaLIF or LIF nodes, by Euler's method on NIR's equations.

    Each layer hears the layer before one step later, as in Lava.
    """
    chain = [node for node in graph.nodes.values() if not isinstance(node, nir.Input | nir.Output)]
    for synapses, neurons in zip(chain[::2], chain[1::2], strict=True):
        post = len(synapses.weight)
        current, v, output = np.zeros(post), np.zeros(post), np.zeros((len(spikes), post), bool)
        heard = np.vstack([np.zeros_like(spikes[:1]), spikes[:-1]])
        for step, arriving in enumerate(heard):
            incoming = synapses.weight @ arriving + getattr(synapses, "bias", 0.0)
            if isinstance(neurons, nir.CubaLIF):
                current += dt * (-current + neurons.w_in * incoming) / neurons.tau_syn
                slope = neurons.v_leak - v + neurons.r * current
                v += dt * slope / neurons.tau_mem
            else:
                v += dt * (neurons.v_leak - v + neurons.r * incoming) / neurons.tau
            output[step] = v > neurons.v_threshold
            v[output[step]] = neurons.v_reset[output[step]]
        spikes = output
    return spikes


def recurrent_nodes():
    rng = np.random.default_rng(1)
    return {
        "w": nir.Affine(rng.normal(0.3, 1, (6, 5)), np.full(6, 0.1)),
        "n": nir.CubaLIF(*(np.full(6, value) for value in (3e-3, 0.02, 30.0, 0.1, 1.0))),
        "back": nir.Affine(rng.normal(0, 1, (6, 6)), np.full(6, 0.05)),
    }


@pytest.mark.parametrize("engine", engines.BOTH)
def test_recurrent_synapses_take_a_step(engine, tmp_path):
    nodes, dt = recurrent_nodes(), 1e-3
    ends = {"in": nir.Input(np.array([5])), "out": nir.Output(np.array([6]))}
    nir.write(tmp_path / "a.nir", nir.NIRGraph({**ends, **nodes}, LOOP, type_check=False))
    spikes = raster(5, 80)
    synapses, neurons, back = nodes.values()
    current, v, output = np.zeros(6), np.zeros(6), np.zeros((81, 6), bool)
    for step, arriving in enumerate(np.vstack([np.zeros_like(spikes[:1]), spikes[:-1]])):
        incoming = synapses.weight @ arriving + synapses.bias
        incoming += back.weight @ output[step - 1] + back.bias
        current += dt * (-current + neurons.w_in * incoming) / neurons.tau_syn
        v += dt * (neurons.v_leak - v + neurons.r * current) / neurons.tau_mem
        output[step] = v > neurons.v_threshold
        v[output[step]] = 0
    network = exchange.read_nir(tmp_path / "a.nir", dt)
    found = of_network(network, spikes, engine, "float")
    assert 0 < found.sum() < found.size
    assert (found == output[:80]).all()
    # They took part.
    alone = dataclasses.replace(network.layers[0], recurrent=None)
    assert (of_network(networks.CubaNetwork((alone,)), spikes, engine, "float") != found).any()


def test_a_recurrent_layer_may_be_a_graph_of_its_own(tmp_path):
    nodes, two = recurrent_nodes(), [nir.Input(np.array([5])), nir.Output(np.array([6]))]
    plain = dict(zip(("in", "out"), two, strict=True)) | nodes
    nir.write(tmp_path / "plain.nir", nir.NIRGraph(plain, LOOP, type_check=False))
    inner = {"input": nir.Input(np.array([6])), "lif": nodes["n"], "w_rec": nodes["back"]}
    inner["output"] = nir.Output(np.array([6]))
    edges = [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")]
    layer = nir.NIRGraph(inner, edges, type_check=False)
    nested = {"in": two[0], "w": nodes["w"], "rlif": layer, "out": two[1]}
    edges = [("in", "w"), ("w", "rlif"), ("rlif", "out")]
    nir.write(tmp_path / "nested.nir", nir.NIRGraph(nested, edges, type_check=False))
    one, other = (exchange.read_nir(tmp_path / f"{n}.nir", 1e-3) for n in ("plain", "nested"))
    assert repr(one) == repr(other)
    assert one.layers[0].recurrent is not None


@pytest.mark.parametrize("engine", engines.BOTH)
def test_spikes_are_those_of_nirs_equations(engine, tmp_path):
    rng = np.random.default_rng(0)

    def constant(lowest, highest):
        """A constant for each of five neurons."""
        return np.linspace(lowest, highest, 5)

    nodes = {
        "w": nir.Affine(rng.normal(0.3, 1, (6, 5)), rng.normal(0, 0.1, 6)),
        "n": nir.LIF(*(np.full(6, value) for value in (0.01, 8.0, 0.1, 1.0))),
        "w2": nir.Linear(rng.normal(0.3, 1, (4, 6))),
        "n2": nir.CubaLIF(*(np.full(4, value) for value in (3e-3, 0.02, 30.0, 0.2, 1.0))),
        "w3": nir.Affine(rng.normal(0.3, 1, (5, 4)), rng.normal(0.3, 0.2, 5)),
        "n3": nir.CubaLIF(
            tau_syn=constant(1e-3, 5e-3),
            tau_mem=constant(0.005, 0.03),
            r=constant(9.0, 40.0),
            v_leak=np.full(5, 0.1),
            v_threshold=constant(0.5, 1.5),
        ),
    }
    nodes = {"in": nir.Input(np.array([5])), **nodes, "out": nir.Output(np.array([5]))}
    graph = nir.NIRGraph(nodes, list(zip(list(nodes), list(nodes)[1:], strict=False)))
    nir.write(tmp_path / "a.nir", graph)
    spikes, dt = raster(5, 80), 1e-3
    expected = euler(graph, spikes.astype(float), dt)
    assert 0 < expected.sum() < expected.size
    network = exchange.read_nir(tmp_path / "a.nir", dt)
    assert (of_network(network, spikes, engine, "float") == expected).all()


def test_a_network_from_nir_sleeps_in_integers_and_goes_back(tmp_path):
    rng = np.random.default_rng(0)
    layer = networks.cuba_layer(rng.normal(0.1, 0.3, (6, 5)), vth=1.0, du=0.3, dv=0.1, bias=0.02)
    exchange.write_nir(tmp_path / "a.nir", networks.CubaNetwork((layer,)), dt=1e-3)
    network = exchange.read_nir(tmp_path / "a.nir")
    units, unit = network.in_weight_units(headroom=1.5)
    (stored,) = units.layers
    assert stored.vth == round(1.0 / unit[0])
    assert np.abs(stored.weights).max() == 2 * round(254 / 1.5 / 2)
    assert (stored.weights % 2 == 0).all()
    assert (stored.du, stored.dv) == (1229 / 4096, 410 / 4096)
    assert check(units.build("fixed").neurons[0]).fits
    # Rounding moves few spikes.
    spikes = raster(5, 200)
    floats, integers = of_network(network, spikes, numerics="float"), of_network(units, spikes)
    assert floats.sum() > 50
    assert (floats != integers).mean() < 0.1
    night = sleep.Night(steps=100, drive=sleep.Poisson(0.4), seed=0)
    plastic = units.plastic(rules.sleep_hebb(8, 2))
    weights = consolidation.put_to_sleep(plastic, night, select("compiled"))
    slept = plastic.with_weights(weights).static().scaled(unit)
    exchange.write_nir(tmp_path / "slept.nir", slept, dt=1e-3)
    again = exchange.read_nir(tmp_path / "slept.nir")
    assert (again.weights[0] == weights[0] * unit[0]).all()
    assert (again.weights[0] != network.weights[0]).any()


def test_a_network_from_lava_dl_goes_to_nir_and_back(tmp_path):
    layers = tuple(
        networks.cuba_layer(2.0 * np.ones(shape), vth=7, du=du / 4096, dv=dv / 4096, bias=3)
        for shape, du, dv in (((4, 3), 1024, 128), ((2, 4), 4096, 410), ((2, 2), 4096, 0))
    )
    network = networks.CubaNetwork(layers)
    exchange.write_nir(tmp_path / "a.nir", network, dt=1e-3)
    exchange.write_net(tmp_path / "a.net", exchange.read_nir(tmp_path / "a.nir"))
    again = exchange.read_net(tmp_path / "a.net")
    assert all(repr(a) == repr(b) for a, b in zip(network.layers, again.layers, strict=True))
    kinds = [type(node).__name__ for node in nir.read(tmp_path / "a.nir").nodes.values()]
    assert kinds.count("CubaLIF") == kinds.count("LIF") == kinds.count("IF") == 1


def test_what_another_tool_changed_counts_and_not_what_we_wrote_beside_it(tmp_path):
    layer = networks.cuba_layer([[1.0]], vth=1, du=0.25, dv=0.1, bias=0.5)
    exchange.write_nir(tmp_path / "a.nir", networks.CubaNetwork((layer,)), dt=1e-3)
    graph = nir.read(tmp_path / "a.nir")
    graph.nodes["neurons_0"].tau_mem *= 2
    graph.nodes["neurons_0"].v_leak *= 3
    nir.write(tmp_path / "a.nir", graph)
    (changed,) = exchange.read_nir(tmp_path / "a.nir").layers
    assert (changed.du, changed.dv) == pytest.approx((0.25, 0.05))
    assert changed.bias == pytest.approx([0.75])
    # Half the time step: half the decay.
    (finer,) = exchange.read_nir(tmp_path / "a.nir", dt=5e-4).layers
    assert finer.du == pytest.approx(0.125)


LOOP = [("in", "w"), ("w", "n"), ("n", "back"), ("back", "n"), ("n", "out")]
LONG_LOOP = [("in", "w"), ("w", "n"), ("n", "m"), ("m", "back"), ("back", "n"), ("m", "out")]
BACK = nir.Linear(np.ones((1, 1)))
LI = nir.LI(values(0.02), values(1.0), values(0.0))


@pytest.mark.parametrize(
    ("nodes", "message", "edges"),
    [
        ({"w": LINEAR, "n": lif(v_reset=-0.1)}, r"node 'n' \(LIF\) .*v_reset is not 0", None),
        ({"w": LINEAR, "n": lif(tau=1e-4)}, r"node 'n' .*tau is 0.0001; it must not be", None),
        ({"w": LINEAR, "n": lif(v_threshold=-1)}, r"node 'n' .*v_threshold is -1; it must", None),
        ({"w": LINEAR, "n": lif(r=np.nan)}, r"node 'n' .*r holds nan; it must be fr", None),
        ({"w": LINEAR, "n": LI}, r"node 'n' \(LI\) .*it does not spike", None),
        ({"w": LINEAR, "d": nir.Delay(values(1.0)), "n": lif()},
         r"node 'd' \(Delay\) .*delays are not read", None),
        ({"w": LINEAR, "t": nir.Threshold(values(1.0))}, r"node 't' \(Threshold\)", None),
        ({"w": LINEAR, "s": nir.Scale(values(1.0)), "n": lif()}, r"node 's' \(Scale\)", None),
        ({"c": nir.Conv1d(2, np.ones((1, 1, 2)), 1, 0, 1, 1, values(0.0)), "n": lif()},
         r"node 'c' \(Conv1d\) .*convolutions", None),
        ({"w": LINEAR, "n": lif(), "m": lif(), "back": BACK},
         r"node 'm' \(LIF\) .*lead out of it from or to 'back', 'out'; branches are", LONG_LOOP),
        ({"w": LINEAR, "n": lif(), "back": BACK, "b": BACK},
         "node 'back' .*'n' has recurrent synapses already", [*LOOP, ("n", "b"), ("b", "n")]),
        ({"w": LINEAR, "n": lif(), "back": nir.Linear(np.ones((2, 1)))},
         r"node 'back' \(Linear\) .*weight leads to 2 neurons; the layer has 1", LOOP),
        ({"w": LINEAR, "n": lif(), "back": nir.Linear(np.ones((1, 2)))},
         r"node 'back' \(Linear\) .*weight takes 2 inputs; the node before gives 1", LOOP),
        ({"w": LINEAR, "w2": nir.Linear(values([1.0])), "n": lif()},
         r"node 'w2' \(Linear\) .*here must be LIF or CubaLIF or IF", None),
        ({"w": LINEAR}, r"node 'w' \(Linear\) .*the graph ends with it; it must end with", None),
        ({"n": lif(), "w": LINEAR}, r"node 'w' \(Linear\) .*the graph ends with it", None),
        ({"w": nir.Linear(np.ones((1, 3))), "n": lif()},
         r"node 'w' \(Linear\) .*weight takes 3 inputs; the node before gives 2", None),
        ({"w": nir.Linear(np.ones((3, 2))), "n": lif()},
         r"node 'out' \(Output\) .*shape holds 1 neurons; the layer has 3", None),
        ({"f": nir.Flatten(np.array([3, 1])), "w": LINEAR, "n": lif()},
         r"node 'f' \(Flatten\) .*input_type holds 3 values; the node before gives 2", None),
        ({"w": LINEAR, "n": lif(), "x": LINEAR}, "is not a chain from its input",
         [("in", "w"), ("w", "n"), ("n", "out")]),
        ({"g": graph_of({"h": graph_of({"w": LINEAR, "n": lif()})})},
         r"node 'g/h' \(NIRGraph\) .*a graph within a graph within the graph", None),
        ({"w": LINEAR, "g": graph_of({"d": nir.Delay(values(1.0))}), "n": lif()},
         r"node 'g/d' \(Delay\) .*delays are not read", None),
        ({"w": LINEAR, "g": graph_of({}, [("in", "out")]), "n": lif()},
         r"node 'g' \(NIRGraph\) .*an edge leads from its input to its output", None),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(nodes, message, edges, tmp_path):
    with pytest.raises(ValueError, match=message):
        exchange.read_nir(written(tmp_path / "a.nir", nodes, edges), dt=0.001)


def test_one_number_counts_for_all_neurons_and_one_neuron_is_a_layer(tmp_path):
    ends = nir.Input(np.array([2, 1])), nir.Output(np.array([3, 1, 1]))
    weights = np.array([[0.2, -0.4], [1.0, 0.0], [0.5, 0.5]])
    path = chain(tmp_path / "a.nir", ends[0], nir.Linear(weights), lif(), ends[1])
    with h5py.File(path, "a") as file:
        # The reset is not in files of old, and is then 0.
        del file["node/nodes/2/v_reset"], file["node/nodes/2/tau"]
        file["node/nodes/2/tau"] = np.float32(0.02)
    (layer,) = exchange.read_nir(path, dt=0.001).layers
    assert layer.vth == 1.0
    assert layer.dv == pytest.approx(1 / 20)
    assert layer.weights == pytest.approx(3 / 20 * weights)
    assert layer.bias == pytest.approx([0.5 / 20] * 3)

    ends = nir.Input(np.array([1])), nir.Output(np.array([1, 1, 1]))
    affine = nir.Affine(np.array([[1.0]]), np.array([0.25]))
    path = chain(tmp_path / "a.nir", ends[0], affine, lif(), ends[1])
    (layer,) = exchange.read_nir(path, dt=0.001).layers
    assert layer.weights == pytest.approx(np.array([[3 / 20]]))
    assert layer.bias == pytest.approx([3 / 20 * 0.25 + 0.5 / 20])


def test_flatten_changes_nothing_and_neurons_without_synapses_are_matched(tmp_path):
    flatten = nir.Flatten(np.array([1, 2, 2]), start_dim=0)
    nodes = nir.Linear(np.arange(12.0).reshape(3, 4)), lif(tau=0.02), lif(tau=0.01)
    path = tmp_path / "a.nir"
    chain(path, nir.Input(np.array([1, 2, 2])), flatten, *nodes, nir.Output(np.array([3])))
    first, second = exchange.read_nir(path, dt=0.001).layers
    assert first.weights == pytest.approx(3 / 20 * np.arange(12.0).reshape(3, 4))
    assert second.weights == pytest.approx(3 / 10 * np.eye(3))
    many = nir.Input(np.array([5000])), lif(), nir.Output(np.array([5000]))
    with pytest.raises(ValueError, match=r"node '1' \(LIF\) .*no synapses and 5000 inputs; write"):
        exchange.read_nir(chain(path, *many), dt=0.001)


def test_constants_may_differ_within_a_layer(tmp_path):
    given = {"tau": [0.02, 0.01], "r": [1.0, 3.0], "v_leak": [0.0, 0.5]}
    given |= {"v_threshold": [1.0, 2.0], "v_reset": [0.0, 0.0]}
    neurons = nir.LIF(**{name: np.array(value) for name, value in given.items()})
    ends = nir.Input(np.array([1])), nir.Output(np.array([2]))
    path = chain(tmp_path / "a.nir", ends[0], nir.Linear(np.ones((2, 1))), neurons, ends[1])
    (layer,) = exchange.read_nir(path, dt=0.001).layers
    assert layer.vth.tolist() == [1.0, 2.0]
    assert layer.dv == pytest.approx([1 / 20, 1 / 10])
    assert layer.weights == pytest.approx(np.array([[1 / 20], [3 / 10]]))
    assert layer.bias == pytest.approx([0.0, 0.05])


def remove(name):
    def change(file):
        del file[name]

    return change


def replace(name, value):
    def change(file):
        del file[name]
        file[name] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (remove("node"), "cannot be read as a NIR file: it has no node"),
        (remove("node/nodes"), "cannot be read as a NIR file: it has no nodes"),
        (remove("node/edges"), "cannot be read as a NIR file: it has no edges"),
        (remove("node/nodes/w/weight"), r"node 'w' \(Linear\) .*weight is missing"),
        (remove("node/nodes/n/type"), "node 'n' .*it has no type"),
        (remove("node/nodes/in/shape"), r"node 'in' \(Input\) .*shape is missing"),
        (replace("node/type", "LIF"), "holds a node of type LIF; it must be a NIRGraph"),
        (replace("node/nodes/n", 3), "node 'n' .*it has no type"),
        (replace("node/nodes/n/type", "Spiker"), r"node 'n' \(Spiker\) .*do not know such nodes"),
        (replace("node/nodes/n/tau", [1.0, 1.0]), r"tau has shape \(2,\) for 1 neurons"),
        (replace("node/nodes/n/tau", "long"), "node/nodes/n/tau is not numeric"),
        (replace("node/nodes/in/shape", 1.5), "shape holds 1.5; it must be integers from 1"),
        (replace("node/nodes/in/type", "Output"), "has 0 nodes of type Input; it must have 1"),
        (replace("node/edges", [[b"in", b"x"]]), "has an edge of 'x', which is none of its nodes"),
        (replace("node/edges", [b"in"]), r"edges has shape \(1,\); it must be \(edges, 2\)"),
        (replace("node/nodes/w/weight", h5py.SoftLink("/node/edges")), "links are not followed"),
    ],
)
def test_damaged_files_are_refused_by_what_is_damaged(change, message, tmp_path):
    path = written(tmp_path / "a.nir", {"w": LINEAR, "n": lif()})
    with h5py.File(path, "a") as file:
        change(file)
    with pytest.raises(ValueError, match=message):
        exchange.read_nir(path, dt=0.001)


def test_files_of_another_kind_and_a_missing_dt_are_refused(tmp_path):
    with pytest.raises(ValueError, match="absent.nir cannot be read as a NIR file"):
        exchange.read_nir(tmp_path / "absent.nir")
    (tmp_path / "text.nir").write_text("weights")
    with pytest.raises(ValueError, match="text.nir cannot be read as a NIR file"):
        exchange.read_nir(tmp_path / "text.nir")
    path = written(tmp_path / "a.nir", {"w": LINEAR, "n": lif()})
    with pytest.raises(ValueError, match="does not hold dt, the length of a time step"):
        exchange.read_nir(path)
    for dt, message in ((0, "dt is 0; it must be above 0"), ("x", "dt is 'x'; it must be num")):
        with pytest.raises(ValueError, match=message):
            exchange.read_nir(path, dt=dt)
    with pytest.raises(ValueError, match=r"tau is .* dt is 1e-310"):
        exchange.read_nir(path, dt=1e-310)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delays": 2}, "layer 0 has delays of single synapses"),
        ({"du": 0.0, "dv": 0.1}, "layer 0 has du 0, a current that never decays"),
        ({"du": 0.5, "dv": 0.0}, "layer 0 has du 0.5 and dv 0, a potential that never decays"),
    ],
)
def test_what_nir_cannot_say_is_refused_and_leaves_the_old_file(options, message, tmp_path):
    path = tmp_path / "a.nir"
    path.write_bytes(b"old")
    network = networks.CubaNetwork((networks.cuba_layer([[2.0]], vth=1, **options),))
    with pytest.raises(ValueError, match=message):
        exchange.write_nir(path, network, dt=1e-3)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_neurons_that_decay_beside_others_that_do_not_are_not_written(tmp_path):
    layer = networks.cuba_layer([[2.0], [1.0]], vth=1, dv=[0.0, 0.5])
    with pytest.raises(ValueError, match="layer 0 has dv 0 for some neurons and above 0 for oth"):
        exchange.write_nir(tmp_path / "a.nir", networks.CubaNetwork((layer,)), dt=1e-3)


def test_input_neurons_are_not_written(tmp_path):
    neurons = networks.InputNeurons((1,), vth=1, du=1, dv=0, weight=1, bias=0)
    network = networks.CubaNetwork((networks.cuba_layer([[2.0]], vth=1),), neurons)
    with pytest.raises(ValueError, match="network has input_neurons"):
        exchange.write_nir(tmp_path / "a.nir", network, dt=1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"path": 3}, "path is 3; it must be a path"),
        ({"path": b"a.nir"}, "path is b'a.nir'; it must be a path"),
        ({"path": "a\0b"}, r"path is 'a\\x00b'; it must be a path of text"),
        ({"path": ""}, r"path is '\.'; it must name a file"),
        ({"path": "absent/a.nir"}, "absent/a.nir cannot be written: No such file"),
        ({"network": "digits"}, "network is 'digits'; it must be a CubaNetwork"),
        ({"dt": None}, "dt "),
        ({"dt": [1, 2]}, r"dt has shape \(2,\)"),
    ],
)
def test_misuse_is_refused_by_name(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    network = networks.CubaNetwork((networks.cuba_layer([[2.0]], vth=1),))
    given = {"path": "a.nir", "network": network, "dt": 1e-3} | arguments
    with pytest.raises(ValueError, match=message):
        exchange.write_nir(**given)
    assert list(tmp_path.iterdir()) == []
    if "dt" not in arguments:
        with pytest.raises(ValueError, match=message):
            exchange.write_net(given["path"], given["network"])
