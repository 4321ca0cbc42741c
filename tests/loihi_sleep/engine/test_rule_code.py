"""Code of learning rules: which synapses it may pass over."""

import functools
import re

import differential
import numpy as np
import pytest
from graph_description import Graph, Link, Node, Rule
from lava.magma.core.learning.learning_rule import Loihi3FLearningRule

from loihi_sleep.engine.nodes.plastic.row import SCRATCH
from loihi_sleep.engine.rules import RuleText, Target, source
from loihi_sleep.engine.rules.changes import can_tell


def rule_text(dw):
    """Describe a rule of weights, for a dense layer that is rounded as a whole."""
    (series,) = Loihi3FLearningRule(dw=dw, x1_impulse=1, x1_tau=1).active_product_series.values()
    target = Target("w", tuple(series.products), -256, 255)
    return RuleText((target,), 1, fixed=True, per_synapse=False, sparse=False)


@pytest.mark.parametrize(
    ("dw", "dependency", "told"),
    [
        ("2^-2*x1*y0", "y0", True),
        ("2^-2*x1*y0 - 2*y0", "y0", True),
        ("x1*x2*y0 + y1*x0", "x0", True),
        # Unknown amounts, but none where x1 is 0.
        ("x1*y1*y0", "y0", True),
        ("x1*w*y0", "y0", True),
        # Unknown, and not even 0 where x1 is.
        ("(x1 + 1)*w*y0", "y0", False),
        ("y1*y0", "y0", False),
        ("w*x0", "x0", False),
        ("x1*y0 - w*y0", "y0", False),
        # Another product's dependency does not matter.
        ("x1*y0 - w*x0", "y0", True),
    ],
)
def test_neurons_are_ruled_out_by_the_traces_of_their_own_side(dw, dependency, told):
    assert can_tell(rule_text(dw), dependency) is told


# The first epoch whose random number, of a generator that Lava seeds with 2 whatever the rule's
# seed is, rounds everything down.
ROUNDED_DOWN = 398


def test_a_tag_below_what_the_accumulator_holds_comes_up_in_the_next_epoch_as_in_lava():
    spikes = np.zeros((1, ROUNDED_DOWN + 12), dtype=int)
    spikes[0, ROUNDED_DOWN - 1] = 1
    graph = Graph(
        nodes=(
            Node("source", "Source", {"data": spikes.tolist()}),
            Node(
                "synapses",
                "LearningDense",
                {"weights": [[0], [0]], "tag_1": [[0], [-100]]},
                Rule({"dt": "-2^8*x0"}, {"rng_seed": 1}),
            ),
            Node("neurons", "LIF", {"shape": (2,), "vth": 100}),
        ),
        links=(
            Link("source.s_out", "synapses.s_in"),
            Link("synapses.a_out", "neurons.a_in"),
            Link("neurons.s_out", "synapses.s_in_bap"),
        ),
        monitors=("synapses.tag_1",),
        runs=(spikes.shape[1],),
    )
    of_lava = differential.recorded_of_lava
    assert differential.compare(graph, "fixed", "per_layer", of_lava) is None
    record = differential.run_on_engine(graph, "fixed")["monitor of synapses.tag_1"]
    lowest = np.asarray(record).reshape(-1, 2)[ROUNDED_DOWN - 3 : ROUNDED_DOWN + 3].min(axis=1)
    assert -257 in lowest
    assert lowest[-1] == -256


# Both amounts are below a unit, so that it is their sum that rounding takes over one. The third,
# of a few epochs, does not depend on spikes.
BELOW_A_UNIT = "2^-7*x1*y0 + 2^-7*x0*y1 + 2^-5*u5*y1"
# Every spike of a post-synaptic neuron may change any row, whose own spike counts once.
ANY_ROW = "2^-7*w*y0 - 2^-5*x0*y1"
# More post-synaptic traces than are put aside for synapses whose neurons have both spiked.
MANY_TRACES = "2^-5*y0*y1 - 2^-5*x0*y1 + 2^-6*y0*y2 - 2^-6*x0*y2"
# Which rows a spike can change is told by their traces, in the step of that spike.
TOLD_BY_TRACES = "2^-3*x1*y0"


@pytest.mark.parametrize(
    ("kind", "dw", "t_epoch"),
    [
        ("LearningDense", BELOW_A_UNIT, 4),
        ("LearningDense", ANY_ROW, 1),
        ("LearningDense", MANY_TRACES, 1),
        ("LearningSparse", TOLD_BY_TRACES, 2),
        pytest.param("LearningDense", BELOW_A_UNIT, 1, marks=pytest.mark.slow),
        pytest.param("LearningDense", ANY_ROW, 4, marks=pytest.mark.slow),
    ],
)
def test_spikes_of_both_sides_in_one_epoch_change_synapses_as_in_lavas_model(kind, dw, t_epoch):
    rng = np.random.default_rng(3)
    weights = 2 * rng.integers(-20, 21, (40, 40))
    stored = {"weights": weights.tolist()}
    if kind == "LearningSparse":
        # Lava fails on the tags that it makes itself, as they hold nothing.
        stored |= dict.fromkeys(("tag_1", "tag_2"), (weights != 0).astype(int).tolist())
    traces = {f"{name}_impulse": 16 for name in ("x1", "y1", "y2")}
    traces |= {"x1_tau": 10, "y1_tau": 10, "y2_tau": 30}
    rule = Rule({"dw": dw}, {"rng_seed": 1, "t_epoch": t_epoch, **traces})
    graph = Graph(
        nodes=(
            Node("source", "Source", {"data": (rng.random((40, 200)) < 0.1).astype(int).tolist()}),
            Node("synapses", kind, stored, rule),
            Node("neurons", "LIF", {"shape": (40,), "vth": 60, "dv": 400, "du": 4095}),
        ),
        links=(
            Link("source.s_out", "synapses.s_in"),
            Link("synapses.a_out", "neurons.a_in"),
            Link("neurons.s_out", "synapses.s_in_bap"),
        ),
        monitors=("neurons.v",),
        runs=(200,),
    )
    in_python = functools.partial(differential.run_on_engine, python="all")
    assert differential.compare(graph, "fixed", "per_layer", in_python, ["refuse"]) is None


@pytest.mark.parametrize(
    ("dw", "parts"), [("2^-5*y0*y1 - 2^-5*x0*y1 + 2^-6*y0*y2", SCRATCH), (MANY_TRACES, 0)]
)
def test_no_more_traces_are_put_aside_than_there_is_room_for(dw, parts):
    aside = re.findall(r"_aside = part\(index, looked_at \+ (\d+) \* wide", source(rule_text(dw)))
    assert len({*aside}) == parts
