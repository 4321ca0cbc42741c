"""The compiled engine against Lava's simulator, on random networks.

A few of each kind, as a run of Lava's simulator takes a second; scripts/fuzz_engine runs thousands.
"""

import functools

import differential
import pytest
import random_graphs
import random_rules
from hypothesis import HealthCheck, Phase, given, settings

# Each new rule is compiled: the networks of this file choose from a fixed number of them.
_pool = functools.cache(random_rules.rules_pool)
SHRINK_TRIES = 100
STATIC = ("Dense", "Dense", "DelayDense", "Sparse")


def on_random_graphs(max_examples, numerics="fixed", rounding="per_layer", **drawing):
    """Decorate a test with networks of one kind, the same in every session."""

    def decorate(test):
        graphs = random_graphs.graphs(numerics, rounding, _pool(numerics), **drawing)
        options = settings(
            max_examples=max_examples,
            derandomize=True,
            deadline=None,
            print_blob=True,
            # A network is cut down by differential.minimal(), which knows what it is made of.
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        return pytest.mark.timeout(900)(options(given(graphs)(test)))

    return decorate


def check(graph, numerics="fixed", rounding="per_layer"):
    """Fail where the engines differ, with a network as small as can be found."""
    if differential.compare(graph, numerics, rounding) is None:
        return
    graph = differential.minimal(graph, numerics, rounding, SHRINK_TRIES)
    pytest.fail(f"{differential.compare(graph, numerics, rounding)}\n{rounding}: {graph}")


@on_random_graphs(20, kinds=STATIC)
def test_integers_of_static_networks_are_lavas(graph):
    check(graph)


@on_random_graphs(14, kinds=("LearningDense",), layers=(1, 2))
def test_integers_of_plastic_layers_are_lavas(graph):
    check(graph)


@on_random_graphs(5, kinds=("LearningDense",), layers=(1, 2), shapes=random_graphs.WIDE)
def test_integers_of_wide_plastic_layers_are_lavas(graph):
    check(graph)


@on_random_graphs(2, runs=random_graphs.LONG_RUNS)
def test_integers_of_long_runs_are_lavas(graph):
    check(graph)


@on_random_graphs(9, kinds=("LearningSparse", "LearningSparse", "Sparse"), layers=(1, 2))
def test_integers_of_sparse_networks_are_lavas(graph):
    check(graph)


@on_random_graphs(9, layers=(2, 5))
def test_integers_of_deep_networks_are_lavas(graph):
    check(graph)


@on_random_graphs(10, rounding="per_synapse", kinds=("LearningDense", "LearningDense", "Dense"))
def test_integers_with_rounding_per_synapse_are_those_of_our_model(graph):
    check(graph, rounding="per_synapse")


@on_random_graphs(3, numerics="float")
def test_floats_are_lavas_to_a_billionth(graph):
    check(graph, "float")


@on_random_graphs(2, numerics="float", rounding="per_synapse", kinds=("LearningDense", "Dense"))
def test_clipped_floats_are_those_of_our_model(graph):
    check(graph, "float", "per_synapse")


@on_random_graphs(10, rounding="per_synapse", kinds=("LearningSparse", "Sparse"), layers=(1, 2))
def test_integers_of_sparse_networks_with_rounding_per_synapse_are_those_of_our_model(graph):
    check(graph, rounding="per_synapse")
