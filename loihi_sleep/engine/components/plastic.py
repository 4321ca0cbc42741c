"""Plastic synapses: lava-nc's `LearningDense` and `LearningSparse`, and our per-synapse models."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule
from lava.proc.dense import models as dense_models
from lava.proc.sparse import models as sparse_models
from lava.utils.sparse import find
from lava.utils.weightutils import SignMode

from loihi_sleep.engine.assembly import Assembly, in_lavas_type
from loihi_sleep.engine.components.component import Component
from loihi_sleep.engine.components.synapses import (
    ListedSynapses,
    SparseVariable,
    count_all,
    dense_matrix,
    layer_fields,
    pre_spikes,
    sparse_matrix,
    store_activation,
    stored_weights,
    synaptic,
)
from loihi_sleep.engine.graph import links_of
from loihi_sleep.engine.kernels import plastic_row, stepper
from loihi_sleep.engine.kernels.messages import MESSAGE_FIELDS
from loihi_sleep.engine.learning import PARAMETERS, TEXTS, TRACES, Layout, LearningLayer
from loihi_sleep.engine.memory import Region
from loihi_sleep.engine.rule_code import PRE_TRACES, VARIABLES
from loihi_sleep.engine.variables import TextVariable
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label
from loihi_sleep.processes.learning_dense import models as per_synapse_models
from loihi_sleep.processes.learning_sparse import models as per_synapse_sparse_models
from loihi_sleep.processes.shuffled_dense import models as shuffled_models

# Steps that the log of a dense layer goes back.
LOG_STEPS = 16
CHUNK_STEPS = 512
_SIGN_MODES = (SignMode.MIXED, SignMode.EXCITATORY, SignMode.INHIBITORY)
_Y_PORTS = ("s_in_y1", "s_in_y2", "s_in_y3")


def _build(
    assembly: Assembly, synapses: Any, *, sparse: bool = False, per_synapse: bool = False
) -> None:
    rule = synapses.proc_params["learning_rule"]
    parameters = synapses.proc_params
    sign_mode = parameters.get("sign_mode", SignMode.MIXED)
    bits = parameters.get("num_weight_bits", 8)
    graded = parameters["graded_spike_cfg"]
    _check(assembly, synapses, rule, sign_mode, graded, per_synapse=per_synapse)

    memory = assembly.memory
    post, pre = synapses.weights.shape
    t_epoch = int(rule.t_epoch)
    slots = 1 if sparse else _slots(t_epoch)
    uses = _variables_of(rule)
    layer: list[LearningLayer] = []
    hooks: dict[str, Any] = {
        "refresh": lambda: layer[0].bring_up_to_date(),
        "changed": lambda: layer[0].check_range(),
    }
    if sparse:
        weights, variables, listed, absent = _store_sparse(assembly, synapses, uses)
        lists = (listed.first_at, listed.post_at)
        fan_out = listed.fan_out(np.ones(listed.size, dtype=bool))
        assembly.fan_out[synapses] = lambda: fan_out
    else:
        weights, variables = _store_dense(assembly, synapses, uses, hooks)
        listed, lists, absent = None, (0, 0), frozenset()
        count_all(assembly, synapses)
    store_activation(assembly, synapses)

    kind = int if assembly.fixed else float
    log_sizes = {
        trace: slots * t_epoch * (pre if trace in PRE_TRACES else post) for trace in TRACES
    }
    logs = {
        trace: memory.reserve("values", log_sizes[trace])
        for trace in TRACES
        if _is_logged(rule, trace)
    }
    layout = Layout(
        logs=logs,
        variables=variables,
        parameters={trace: memory.reserve("reals", 3).start for trace in TRACES},
        live={trace: memory.cell("counters", 1) for trace in TRACES},
        rule=memory.cell("counters"),
        unclipped=memory.cell("counters"),
        draws=memory.reserve("reals", plastic_row.DRAW_ROWS * CHUNK_STEPS),
        bounds=memory.reserve("reals", 6).start,
    )
    traces: list[int] = []
    for trace in TRACES:
        var = getattr(synapses, trace)
        wake = partial(assembly.set_cell, "counters", layout.live[trace], 1)
        state = assembly.store(
            var, "values", in_lavas_type(var.init, var.shape, kind), changed=wake
        )
        traces += [state.region.start, -1, layout.parameters[trace], layout.live[trace]]
    times = {}
    for name in ("tx", "ty", "x0", "y0"):
        var = getattr(synapses, name)
        times[name] = assembly.store(
            var,
            "index",
            in_lavas_type(var.init, var.shape, int),
            integer=True,
            changed=lambda: layer[0].list_spiked(),
        )
    messages = [assembly.receives(synapses.s_in_bap, events=True, at_once=False)]
    messages += [
        assembly.receives(getattr(synapses, name), events=False, at_once=False) for name in _Y_PORTS
    ]

    def index(size: int, initial: Any = 0) -> int:
        return memory.reserve("index", size, initial).start

    def counters(size: int) -> int:
        return memory.reserve("counters", size).start

    listed_most = post // plastic_row.LISTED_PART + 1
    static = layer_fields(assembly, synapses, weights.start, lists)
    fields = [
        *static,
        *pre_spikes(assembly, synapses, static[:MESSAGE_FIELDS]),
        *(value for message in messages for value in message.fields),
        *traces,
        *(variables[name].start if name in variables else -1 for name in ("tag_1", "tag_2")),
        *(t_epoch, slots, 0, isinstance(rule, Loihi3FLearningRule), int(graded)),
        *(layout.rule, sparse, layout.unclipped),
        *(times[name].region.start for name in ("tx", "ty", "x0", "y0")),
        *(index(pre, -1), index(pre), counters(pre)),
        *(index(slots * post), index(slots * post)),
        *(counters(slots) for _ in range(3)),
        *(index(slots * t_epoch * listed_most), counters(slots * t_epoch), index(post)),
        memory.reserve("synaptic", 3 * post).start,
        *(layout.draws.start, CHUNK_STEPS, memory.cell("counters", rule.rng_seed)),
        *(layout.bounds, 0),
        *(index(pre), memory.cell("counters")),
        *(_by_post(index, listed) if listed else (0, 0, 0)),
    ]
    row = assembly.add(assembly.synapses, stepper.PLASTIC, fields)
    layer.append(
        LearningLayer(
            label(synapses),
            assembly,
            row,
            layout,
            rule,
            per_synapse=per_synapse,
            sparse=sparse,
            absent=absent,
            sign_mode=sign_mode,
            num_weight_bits=bits,
        )
    )
    assembly.learning.append(layer[0])
    assembly.finishers.append(layer[0].start)
    _hold_rule(assembly, synapses, layer[0], kind)


def _slots(t_epoch: int) -> int:
    """Epochs that the log of a dense layer holds: the power of two that comes to `LOG_STEPS`."""
    return 2 ** max(0, (LOG_STEPS // t_epoch).bit_length() - 1)


def _check(
    assembly: Assembly, synapses: Any, rule: Any, sign_mode: Any, graded: Any, *, per_synapse: bool
) -> None:
    """Refuse what Lava's models cannot run either, or would wait for for ever."""
    if not isinstance(rule, Loihi2FLearningRule | Loihi3FLearningRule):
        raise UnsupportedGraph(
            f"{label(synapses)}: learning_rule is a {type(rule).__name__}; it must be a "
            "Loihi2FLearningRule or a Loihi3FLearningRule"
        )
    if sign_mode not in _SIGN_MODES:
        raise UnsupportedGraph(
            f"{label(synapses)}: sign_mode is {sign_mode}; it must be MIXED, EXCITATORY or "
            "INHIBITORY"
        )
    if per_synapse and graded != GradedSpikeCfg.USE_REGULAR_IMPULSE:
        raise UnsupportedGraph(
            f"{label(synapses)}: graded_spike_cfg is {graded!r}; with rounding per synapse it must "
            "be USE_REGULAR_IMPULSE"
        )
    if isinstance(rule, Loihi2FLearningRule):
        for name in _Y_PORTS:
            if links_of(getattr(synapses, name)):
                raise UnsupportedGraph(
                    f"{label(synapses)}: port {name!r} is connected, but a two-factor rule never "
                    "receives there: its sender would hang; use a Loihi3FLearningRule"
                )
    if not assembly.fixed:
        for trace in rule.active_traces:
            if getattr(rule, f"{trace}_tau") == 0:
                raise UnsupportedGraph(
                    f"{label(synapses)}: {trace}_tau is 0 and the rule uses {trace}; in float "
                    "numerics Lava's weights become NaN; give it a time constant above 0"
                )


def _is_logged(rule: Any, trace: str) -> bool:
    """Tell whether the rule, or another one that is set later, can make use of a trace."""
    return (
        trace in rule.active_traces
        or getattr(rule, f"{trace}_impulse") > 0
        or (isinstance(rule, Loihi3FLearningRule) and trace not in PRE_TRACES)
    )


def _variables_of(rule: Any) -> set[str]:
    """Synaptic variables that a rule reads or changes, by Lava's names."""
    used = {"w"}
    for key, series in rule.active_product_series.items():
        used.add(key[1:])
        used |= {factor.state_var for product in series.products for factor in product.factors}
    return {name for name, short in VARIABLES.items() if short in used}


def _store_dense(
    assembly: Assembly,
    synapses: Any,
    uses: set[str],
    hooks: dict[str, Any],
) -> tuple[Region, dict[str, Region]]:
    """Lay out weights and the tags in use; other tags stay what they are."""
    matrix = dense_matrix(assembly, synapses.weights)
    weights = stored_weights(assembly, synapses, matrix, plastic=True)
    variables = {
        "weights": assembly.store(
            synapses.weights, "synaptic", weights, by_column=True, **hooks
        ).region
    }
    for name in ("tag_1", "tag_2"):
        var = getattr(synapses, name)
        values = in_lavas_type(var.init, var.shape, int if assembly.fixed else float)
        if name in uses or _is_observed(synapses, var):
            variables[name] = assembly.store(
                var, "synaptic", values, by_column=True, **hooks
            ).region
        else:
            assembly.hold(var, values, lambda new: None)
    return variables["weights"], variables


def _is_observed(synapses: Any, var: Any) -> bool:
    """Tell whether a monitor looks at a Var."""
    return any(port.var is var for port in synapses.var_ports)


def _store_sparse(
    assembly: Assembly, synapses: Any, uses: set[str]
) -> tuple[Region, dict[str, Region], ListedSynapses, frozenset[str]]:
    """Lay out weights and tags by one list of synapses; tell which tags have no entries."""
    listed = ListedSynapses(assembly, sparse_matrix(assembly, synapses, plastic=True))
    variables: dict[str, Region] = {}
    absent: set[str] = set()
    for name in ("weights", "tag_1", "tag_2"):
        var = getattr(synapses, name)
        places = listed.places(var.init, explicit_zeros=True)
        if not places.size:
            absent.add(name)
        if name != "weights" and name not in uses:
            assembly.hold(var, find(var.init)[2], lambda new: None)
            continue
        values = np.zeros(listed.size)
        if name == "weights":
            values = listed.values
        elif places.size:
            if not np.array_equal(np.sort(places), np.arange(listed.size)):
                raise UnsupportedGraph(
                    f"{label(synapses)}: {name} has entries at other places than the weights "
                    "(those truncated to 0 leave the network); give it one for each weight"
                )
            values[places] = find(var.init, explicit_zeros=True)[2]
        region = assembly.memory.reserve("synaptic", listed.size, values)
        assembly.variables[var.id] = SparseVariable(
            f"{name} of {label(synapses)}", assembly, var, listed, region
        )
        variables[name] = region
    return variables["weights"], variables, listed, frozenset(absent)


def _by_post(index: Callable[..., int], listed: ListedSynapses) -> tuple[int, int, int]:
    """Lay out where the synapses of each post-synaptic neuron are in the list."""
    order = np.argsort(listed.post, kind="stable")
    first = np.searchsorted(listed.post[order], np.arange(listed.shape[0] + 1))
    return (
        index(first.size, first),
        index(listed.size, order),
        index(listed.size, listed.pre[order]),
    )


def _hold_rule(assembly: Assembly, synapses: Any, layer: LearningLayer, kind: type) -> None:
    """Keep the Vars of a rule. Lava's model reads all of them anew after any Var was set."""
    held = {
        name: assembly.hold(
            getattr(synapses, name),
            in_lavas_type(getattr(synapses, name).init, (1,), kind),
            lambda new: None,
        )
        for name in PARAMETERS
    }
    texts = {}
    for name in TEXTS:
        var = getattr(synapses, name)
        texts[name] = assembly.variables[var.id] = TextVariable(var.init)

    def on_var_update() -> None:
        layer.change(
            {name: var.values.item() for name, var in held.items()},
            {name: var.text for name, var in texts.items()},
        )

    for var in synapses.vars:
        assembly.on_var_update[var.id] = on_var_update


_HEARS = ("s_in", "s_in_bap", *_Y_PORTS)


def _plastic(**settings: Any) -> Component:
    return synaptic(partial(_build, **settings), hears=_HEARS)


COMPONENTS = {
    dense_models.PyLearningDenseModelFloat: _plastic(),
    dense_models.PyLearningDenseModelBitApproximate: _plastic(),
    sparse_models.PyLearningSparseModelFloat: _plastic(sparse=True),
    sparse_models.PyLearningSparseModelBitApproximate: _plastic(sparse=True),
    per_synapse_models.PyLearningDenseModelPerSynapseFixed: _plastic(per_synapse=True),
    per_synapse_models.PyLearningDenseModelPerSynapseFloat: _plastic(per_synapse=True),
    per_synapse_sparse_models.PyLearningSparseModelPerSynapseFixed: _plastic(
        sparse=True, per_synapse=True
    ),
    per_synapse_sparse_models.PyLearningSparseModelPerSynapseFloat: _plastic(
        sparse=True, per_synapse=True
    ),
    shuffled_models.PyShuffledDenseModelFixed: _plastic(per_synapse=True),
    shuffled_models.PyShuffledDenseModelFloat: _plastic(per_synapse=True),
}
