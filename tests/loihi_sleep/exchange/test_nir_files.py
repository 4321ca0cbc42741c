from itertools import pairwise

import nir
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rasters import of_network, raster

from loihi_sleep import exchange, hardware, networks, rules, run_configs, sleep

REAL = st.floats(-10, 10, allow_subnormal=False)
DECAY = st.one_of(st.floats(1e-4, 1), st.integers(1, 4096).map(lambda part: part / 4096))


@st.composite
def real_networks(draw):
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    layers = []
    for pre, post in pairwise(sizes):
        du, dv = draw(st.sampled_from([(1.0, 0.0), (1.0, None), (None, None)]))
        layers.append(
            networks.cuba_layer(
                draw(arrays(float, (post, pre), elements=REAL)),
                vth=draw(st.floats(0, 100)),
                du=draw(DECAY) if du is None else du,
                dv=draw(DECAY) if dv is None else dv,
                bias=draw(arrays(float, (post,), elements=REAL)),
            )
        )
    return networks.CubaNetwork(tuple(layers))


@settings(max_examples=60, deadline=None)
@given(real_networks(), st.floats(1e-6, 10))
def test_a_network_comes_back_to_the_last_bit(tmp_path_factory, network, dt):
    path = tmp_path_factory.mktemp("nir") / "a.nir"
    exchange.write_nir(path, network, dt)
    again = exchange.read_nir(path)
    for one, two in zip(network.layers, again.layers, strict=True):
        assert (one.vth, one.du, one.dv) == (two.vth, two.du, two.dv)
        assert (one.weights == two.weights).all()
        assert (one.bias == two.bias).all()


def graph_of(nodes, edges=None, **metadata):
    names = list(nodes)
    ends = {"in": nir.Input(np.array([2])), "out": nir.Output(np.array([1]))}
    edges = edges or list(zip(["in", *names], [*names, "out"], strict=True))
    return nir.NIRGraph({**ends, **nodes}, edges, metadata=metadata, type_check=False)


def written(path, nodes, edges=None, **metadata):
    nir.write(path, graph_of(nodes, edges, **metadata))
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


@pytest.mark.parametrize("engine", ["lava", "compiled"])
def test_spikes_are_those_of_nirs_equations(engine, tmp_path):
    rng = np.random.default_rng(0)
    nodes = {
        "w": nir.Affine(rng.normal(0.3, 1, (6, 5)), rng.normal(0, 0.1, 6)),
        "n": nir.LIF(*(np.full(6, value) for value in (0.01, 8.0, 0.1, 1.0))),
        "w2": nir.Linear(rng.normal(0.3, 1, (4, 6))),
        "n2": nir.CubaLIF(*(np.full(4, value) for value in (3e-3, 0.02, 30.0, 0.2, 1.0))),
    }
    nodes = {"in": nir.Input(np.array([5])), **nodes, "out": nir.Output(np.array([4]))}
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
    assert hardware.check(units.build("fixed").neurons[0]).fits
    # Rounding moves few spikes.
    spikes = raster(5, 200)
    floats, integers = of_network(network, spikes, numerics="float"), of_network(units, spikes)
    assert floats.sum() > 50
    assert (floats != integers).mean() < 0.1
    night = sleep.Night(steps=100, drive=sleep.Poisson(0.4), seed=0)
    plastic = units.plastic(rules.sleep_hebb(6, 3))
    weights = sleep.put_to_sleep(plastic, night, run_configs.select("compiled"))
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
LI = nir.LI(values(0.02), values(1.0), values(0.0))


@pytest.mark.parametrize(
    ("nodes", "message", "edges"),
    [
        ({"w": LINEAR, "n": lif(v_reset=-0.1)}, r"node 'n' \(LIF\) .*v_reset is not 0", None),
        ({"w": LINEAR, "n": lif(tau=1e-4)}, r"node 'n' .*tau is 0.0001; it must not be", None),
        ({"w": LINEAR, "n": lif(v_threshold=-1)}, r"node 'n' .*v_threshold is -1; it must", None),
        ({"w": LINEAR, "n": lif(r=np.nan)}, r"node 'n' .*r is not finite", None),
        ({"w": LINEAR, "n": LI}, r"node 'n' \(LI\) .*it does not spike", None),
        ({"w": nir.Affine(values([1, 2]), values(1)), "n": cuba_lif()},
         r"node 'w' \(Affine\) .*its bias is not 0 and CubaLIF follows", None),
        ({"w": LINEAR, "d": nir.Delay(values(1.0)), "n": lif()},
         r"node 'd' \(Delay\) .*delays are not read", None),
        ({"w": LINEAR, "t": nir.Threshold(values(1.0))}, r"node 't' \(Threshold\)", None),
        ({"w": LINEAR, "s": nir.Scale(values(1.0)), "n": lif()}, r"node 's' \(Scale\)", None),
        ({"c": nir.Conv1d(2, np.ones((1, 1, 2)), 1, 0, 1, 1, values(0.0)), "n": lif()},
         r"node 'c' \(Conv1d\) .*convolutions", None),
        ({"w": LINEAR, "n": lif(), "back": nir.Linear(values([1.0]))},
         r"node 'n' \(LIF\) .*edges lead into it from or to 'back', 'w'; branches and", LOOP),
        ({"w": LINEAR, "w2": nir.Linear(values([1.0])), "n": lif()},
         r"node 'w2' \(Linear\) .*here must be LIF or CubaLIF or IF", None),
        ({"n": lif()}, r"node 'n' .*here must be Linear or Affine", None),
        ({"w": LINEAR}, "is not a chain from its input", None),
        ({"w": LINEAR, "n": lif(), "x": LINEAR}, "is not a chain from its input",
         [("in", "w"), ("w", "n"), ("n", "out")]),
        ({"g": graph_of({"w": LINEAR, "n": lif()})}, r"node 'g' \(NIRGraph\) .*graph of its", None),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(nodes, message, edges, tmp_path, monkeypatch):
    # NIR's own checks of types come first where they can; ours must not rely on them.
    read = nir.read
    monkeypatch.setattr(nir, "read", lambda path: read(path, type_check=False))
    with pytest.raises(ValueError, match=message):
        exchange.read_nir(written(tmp_path / "a.nir", nodes, edges), dt=0.001)


def test_constants_that_differ_within_a_layer_are_refused(tmp_path):
    weights = nir.Linear(np.ones((2, 2)))
    given = {"tau": 0.02, "r": 1.0, "v_leak": 0.0, "v_threshold": 1.0, "v_reset": 0.0}
    for name in ("tau", "v_threshold"):
        neurons = nir.LIF(**{key: np.full(2, v) for key, v in given.items()})
        getattr(neurons, name)[1] *= 2
        nodes = {"in": nir.Input(np.array([2])), "w": weights, "n": neurons}
        nodes["out"] = nir.Output(np.array([2]))
        graph = nir.NIRGraph(nodes, [("in", "w"), ("w", "n"), ("n", "out")])
        nir.write(tmp_path / "a.nir", graph)
        with pytest.raises(ValueError, match=f"node 'n' .*{name} holds 2 values; Lava's LIF has o"):
            exchange.read_nir(tmp_path / "a.nir", dt=0.001)


def test_files_of_another_kind_and_a_missing_dt_are_refused(tmp_path):
    with pytest.raises(ValueError, match="absent.nir cannot be read as a NIR file"):
        exchange.read_nir(tmp_path / "absent.nir")
    (tmp_path / "text.nir").write_text("weights")
    with pytest.raises(ValueError, match="text.nir cannot be read as a NIR file"):
        exchange.read_nir(tmp_path / "text.nir")
    path = written(tmp_path / "a.nir", {"w": LINEAR, "n": lif()})
    with pytest.raises(ValueError, match="does not hold dt; give the length of a time step"):
        exchange.read_nir(path)
    with pytest.raises(ValueError, match="dt is 0; it must be above 0"):
        exchange.read_nir(path, dt=0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": rules.stdp(1, 1)}, "layer 0 has the learning rule stdp, for which NIR has no"),
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
