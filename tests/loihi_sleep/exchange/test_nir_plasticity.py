"""Learning rules in NIR's metadata: what sleeps here sleeps elsewhere in the same way."""

import json
from dataclasses import replace

import h5py
import nir
import numpy as np
import pytest

from loihi_sleep import consolidation, exchange, networks, rules, sleep
from loihi_sleep.exchange import nir_plasticity
from loihi_sleep.rules.products import Product
from loihi_sleep.run.select import select

PLACE = "node/nodes/synapses_0/metadata"


def network_with(*layer_rules, sparse=False):
    rng = np.random.default_rng(0)
    sizes = [6, *([5] * len(layer_rules))]
    return networks.CubaNetwork(
        tuple(
            networks.cuba_layer(
                2.0 * rng.integers(-3, 40, (post, pre)), vth=100, du=0.5, dv=0.125, rule=rule,
                sparse=sparse,
            )
            for pre, post, rule in zip(sizes[:-1], sizes[1:], layer_rules, strict=True)
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    "rule",
    [
        rules.sleep_hebb(3, 1),
        rules.sleep_hebb(0.2, 0.7, gated=True),
        rules.stdp(2, 1),
        replace(rules.stdp(2, 1), t_epoch=4),
    ],
    ids=["hebb", "gated", "stdp", "epochs"],
)
def test_a_rule_comes_back_as_it_was(tmp_path, rule):
    exchange.write_nir(tmp_path / "a.nir", network_with(rule, None), dt=1e-3)
    first, second = exchange.read_nir(tmp_path / "a.nir").layers
    assert first.rule == rule
    assert second.rule is None


@pytest.mark.parametrize("sparse", [False, True])
def test_a_network_that_comes_back_sleeps_the_same_night(tmp_path, sparse):
    first = rules.sleep_hebb(0.2, 0.73, gated=True)
    network = network_with(first, rules.sleep_hebb(0.2, 0.73), sparse=sparse)
    exchange.write_nir(tmp_path / "a.nir", network, dt=1e-3)
    night = sleep.Night(steps=60, drive=sleep.Poisson(0.4), seed=0)
    before, after = (
        consolidation.put_to_sleep(one, night, select("compiled"))
        for one in (network, exchange.read_nir(tmp_path / "a.nir"))
    )
    assert all((a == b).all() for a, b in zip(before, after, strict=True))
    assert (before[0] != network.weights[0]).any()


def test_other_tools_see_its_weights_and_people_read_the_rule(tmp_path):
    network = network_with(rules.stdp(2, 1))
    exchange.write_nir(tmp_path / "a.nir", network, dt=1e-3)
    synapses = nir.read(tmp_path / "a.nir").nodes["synapses_0"]
    assert (synapses.weight == network.weights[0]).all()
    said = json.loads(synapses.metadata[nir_plasticity.KEY])
    assert (said["version"], said["name"], said["t_epoch"]) == (1, "stdp", 1)
    assert said["fixed"]["dw"] == rules.stdp(2, 1).dw("fixed")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("{", "it is no JSON"),
        ("[1]", "it is no JSON object"),
        ({"version": 2}, "version is 2; 1 is read"),
        ({"t_epoch": 64}, "t_epoch is 64"),
        ({"name": None}, "name is None"),
        ({"extra": 1}, "extra is not a setting"),
        ({"fixed": {"products": [], "traces": {}}}, "must have at least one"),
        (("factors", ["__import__('os')"]), "fixed.products.0.factors.0 is .*; input should be"),
        (("factors", ["x1*w"]), "fixed.products.0.factors.0 is .*; input should be"),
        (("dependency", "x0+y0"), "products.0.dependency is 'x0\\+y0'; input should be 'x0',"),
        (("constants", [[9, 0]]), "constants.0.0 is 9; input should be less than or equal to 7"),
    ],
)
def test_a_text_that_was_damaged_is_refused_by_its_node(tmp_path, change, message):
    path = tmp_path / "a.nir"
    exchange.write_nir(path, network_with(rules.stdp(2, 1)), dt=1e-3)
    with h5py.File(path, "r+") as file:
        metadata = file[PLACE]
        values = json.loads(metadata[nir_plasticity.KEY][()])
        if isinstance(change, tuple):
            values["fixed"]["products"][0][change[0]] = change[1]
        elif isinstance(change, dict):
            values |= change
        del metadata[nir_plasticity.KEY]
        metadata[nir_plasticity.KEY] = change if isinstance(change, str) else json.dumps(values)
    with pytest.raises(ValueError, match=f"node 'synapses_0' .* metadata/plasticity: .*{message}"):
        exchange.read_nir(path)


def test_a_rule_beyond_the_grammar_is_not_written(tmp_path):
    rule = rules.stdp(2, 1)
    products = rule.products["float"]
    strange = Product("x0", ("y1 ", "y1"), products[0].constants)
    changed = replace(rule, products={**rule.products, "float": (strange,)})
    with pytest.raises(ValueError, match="layer 0 has the rule stdp: "):
        exchange.write_nir(tmp_path / "a.nir", network_with(changed), dt=1e-3)
    assert not list(tmp_path.iterdir())
