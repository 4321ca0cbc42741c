"""The compiled engine against Lava's simulator, on random networks.

A few of each kind, whose answers are recorded; scripts/fuzz_engine runs thousands on Lava itself.
"""

import functools
import zlib

import differential
import pytest
import random_convolutions
import random_graphs
import random_hippocampus
import random_neurons
import random_own_graphs
import random_rules
from hypothesis import HealthCheck, Phase, given, settings
from recorded import RECORDINGS

SHRINK_TRIES = 100
STATIC = ("Dense", "Dense", "DelayDense", "Sparse")


def on_random_graphs(max_examples, numerics="fixed", rounding="per_layer", wire=None, **drawing):
    """Decorate a test with networks of one kind, the same in every session.

    With ``--lava`` it also runs on as many networks with more rules, which are not recorded.
    """

    def decorate(test):
        options = settings(
            max_examples=max_examples,
            derandomize=True,
            deadline=None,
            print_blob=True,
            # A network is cut down by differential.minimal(), which knows what it is made of.
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )

        @pytest.mark.timeout(900)
        @pytest.mark.parametrize(
            ("pool", "of_lava"),
            [
                pytest.param(
                    random_rules.varied_pool, differential.recorded_of_lava, id="recorded"
                ),
                pytest.param(
                    random_rules.large_pool,
                    differential.run_on_lava,
                    id="more_rules",
                    marks=pytest.mark.lava,
                ),
            ],
        )
        def on_each(pool, of_lava):
            def on_one(graph):
                test(functools.partial(check, of_lava=of_lava), graph)

            # Hypothesis draws by the name and the code of the function.
            on_one.__name__ = on_one.__qualname__ = test.__name__
            rules = pool(numerics, rounding)
            if wire is None:
                drawn = random_graphs.graphs(numerics, rounding, rules, **drawing)
            else:
                drawn = random_own_graphs.own_graphs(wire, numerics, rules)
            options(given(drawn)(on_one))()

        on_each.__name__ = test.__name__
        return on_each

    return decorate


def ways(graph):
    """All ways for each network with ``--lava``; else Python takes part in a third of them."""
    in_python = RECORDINGS.renews or zlib.crc32(repr(graph).encode()) % 3 == 0
    return differential.WAYS if in_python else ("refuse",)


def check(graph, numerics="fixed", rounding="per_layer", *, of_lava):
    """Fail where the engines differ, with a network as small as can be found."""
    found = differential.compare(graph, numerics, rounding, of_lava, ways(graph))
    if found is None:
        return
    graph = differential.minimal(graph, numerics, rounding, SHRINK_TRIES)
    pytest.fail(f"{differential.compare(graph, numerics, rounding)}\n{rounding}: {graph}")


@on_random_graphs(20, kinds=STATIC)
def test_integers_of_static_networks_are_lavas(check, graph):
    check(graph)


@on_random_graphs(14, kinds=("LearningDense",), layers=(1, 2))
def test_integers_of_plastic_layers_are_lavas(check, graph):
    check(graph)


@on_random_graphs(5, kinds=("LearningDense",), layers=(1, 2), shapes=random_graphs.WIDE)
def test_integers_of_wide_plastic_layers_are_lavas(check, graph):
    check(graph)


@on_random_graphs(2, runs=random_graphs.LONG_RUNS)
def test_integers_of_long_runs_are_lavas(check, graph):
    check(graph)


@on_random_graphs(9, kinds=("LearningSparse", "LearningSparse", "Sparse"), layers=(1, 2))
def test_integers_of_sparse_networks_are_lavas(check, graph):
    check(graph)


@on_random_graphs(9, layers=(2, 5))
def test_integers_of_deep_networks_are_lavas(check, graph):
    check(graph)


@on_random_graphs(10, rounding="per_synapse", kinds=("LearningDense", "LearningDense", "Dense"))
def test_integers_with_rounding_per_synapse_are_those_of_our_model(check, graph):
    check(graph, rounding="per_synapse")


@on_random_graphs(3, numerics="float")
def test_floats_are_lavas_to_a_billionth(check, graph):
    check(graph, "float")


@on_random_graphs(2, numerics="float", rounding="per_synapse", kinds=("LearningDense", "Dense"))
def test_clipped_floats_are_those_of_our_model(check, graph):
    check(graph, "float", "per_synapse")


@on_random_graphs(10, rounding="per_synapse", kinds=("LearningSparse", "Sparse"), layers=(1, 2))
def test_integers_of_sparse_networks_with_rounding_per_synapse_are_those_of_our_model(check, graph):
    check(graph, rounding="per_synapse")


@on_random_graphs(6, "fixed", "per_synapse", random_own_graphs.wire_driven)
def test_integers_of_drives_are_those_of_our_models(check, graph):
    check(graph, "fixed", "per_synapse")


@on_random_graphs(3, "float", "per_synapse", random_own_graphs.wire_driven)
def test_floats_of_drives_are_those_of_our_models(check, graph):
    check(graph, "float", "per_synapse")


@on_random_graphs(6, "float", "per_synapse", random_own_graphs.wire_gated)
def test_floats_of_gated_synapses_are_those_of_our_models(check, graph):
    check(graph, "float", "per_synapse")


@on_random_graphs(6, "fixed", "per_synapse", random_own_graphs.wire_shuffled)
def test_integers_of_shuffled_synapses_are_those_of_our_models(check, graph):
    check(graph, "fixed", "per_synapse")


@on_random_graphs(3, "float", "per_synapse", random_own_graphs.wire_shuffled)
def test_floats_of_shuffled_synapses_are_those_of_our_models(check, graph):
    check(graph, "float", "per_synapse")


@on_random_graphs(6, "fixed", "per_synapse", random_own_graphs.wire_dictionary)
def test_integers_of_dictionaries_are_those_of_our_models(check, graph):
    check(graph, "fixed", "per_synapse")


@on_random_graphs(3, "float", "per_synapse", random_own_graphs.wire_dictionary)
def test_floats_of_dictionaries_are_those_of_our_models(check, graph):
    check(graph, "float", "per_synapse")


@on_random_graphs(6, "fixed", "per_synapse", random_own_graphs.wire_foraging)
def test_integers_of_foraging_networks_are_those_of_our_models(check, graph):
    check(graph, "fixed", "per_synapse")


@on_random_graphs(3, "float", "per_synapse", random_own_graphs.wire_foraging)
def test_floats_of_foraging_networks_are_those_of_our_models(check, graph):
    check(graph, "float", "per_synapse")


@on_random_graphs(9, "fixed", "per_synapse", random_convolutions.wire_convolved)
def test_integers_of_convolutions_are_lavas(check, graph):
    check(graph, "fixed", "per_synapse")


@on_random_graphs(3, "float", "per_synapse", random_convolutions.wire_convolved)
def test_floats_of_convolutions_are_lavas_to_a_billionth(check, graph):
    check(graph, "float", "per_synapse")


@on_random_graphs(2, "float", "per_synapse", random_convolutions.wire_in_time)
def test_floats_of_convolutions_over_time_are_lavas_to_a_billionth(check, graph):
    check(graph, "float", "per_synapse")


@on_random_graphs(4, "fixed", "per_synapse", random_neurons.wire_sigma_delta)
def test_integers_of_sigma_delta_networks_are_lavas(check, graph):
    check(graph, "fixed", "per_synapse")


@on_random_graphs(7, "fixed", "per_synapse", random_neurons.wire_neurons)
def test_integers_of_other_neurons_are_lavas(check, graph):
    check(graph, "fixed", "per_synapse")


@on_random_graphs(2, "fixed", "per_synapse", random_neurons.wire_normalized)
def test_integers_of_normalized_vectors_are_lavas(check, graph):
    check(graph, "fixed", "per_synapse")


@on_random_graphs(8, "fixed", "per_synapse", random_hippocampus.wire_hippocampus)
def test_integers_of_competing_and_taught_neurons_are_those_of_our_models(check, graph):
    check(graph, "fixed", "per_synapse")


@on_random_graphs(3, "float", "per_synapse", random_neurons.wire_neurons)
def test_floats_of_other_neurons_are_lavas_to_a_billionth(check, graph):
    check(graph, "float", "per_synapse")
