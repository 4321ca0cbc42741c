"""How plastic synapses are built: lava-nc's `LearningDense` and `LearningSparse`, and ours."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule
from lava.utils.sparse import find
from lava.utils.weightutils import SignMode
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from loihi_sleep.engine.builder import Builder, CannotBuild
from loihi_sleep.engine.domains import FLAG, NOT_NEGATIVE, Range
from loihi_sleep.engine.memory import Region
from loihi_sleep.engine.nodes import Node, elements_of
from loihi_sleep.engine.nodes.plastic.coded_list import bytes_of_code, store_code
from loihi_sleep.engine.nodes.plastic.layer import (
    PARAMETERS,
    TEXTS,
    TRACES,
    LearningLayer,
    Places,
)
from loihi_sleep.engine.nodes.plastic.row import (
    APPLY_U,
    CLEAR,
    CLIP,
    DRAW_ROWS,
    LISTED_PART,
    OWN,
    POST_BITS,
    SCRATCH,
    TOUCH,
    TRACE,
    VECTOR,
)
from loihi_sleep.engine.nodes.plastic.step import STEP, UPDATE_STEP
from loihi_sleep.engine.nodes.synapses import build as static
from loihi_sleep.engine.nodes.synapses.partners import Partners
from loihi_sleep.engine.nodes.synapses.sparse import (
    ListedSynapses,
    SparseVariable,
    memory_with_lists,
    sparse_matrix,
)
from loihi_sleep.engine.program import CHUNK_STEPS
from loihi_sleep.engine.rules import PRE_TRACES, VARIABLES
from loihi_sleep.engine.stored_parts import in_lavas_type
from loihi_sleep.engine.variables import StoredVariable, TextVariable
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label

# Steps that the log of a dense layer goes back.
LOG_STEPS = 16
_SIGN_MODES = (SignMode.MIXED, SignMode.EXCITATORY, SignMode.INHIBITORY)
_Y_PORTS = ("s_in_y1", "s_in_y2", "s_in_y3")
_SPIKE_VARS = ("tx", "ty", "x0", "y0")
_CODED = ("low", "high", "bits", "buckets")
_OF_SPARSE = (
    *("partners", "places"),
    *("first_synapse", "post", "post_blocks", "first_by_post"),
    *(f"pre_{name}" for name in _CODED),
)


def _build(
    builder: Builder, synapses: Any, *, sparse: bool = False, per_synapse: bool = False
) -> None:
    storage, parameters = builder.storage, synapses.proc_params
    rule = parameters["learning_rule"]
    sign_mode = parameters.get("sign_mode", SignMode.MIXED)
    _check(builder, synapses, rule, sign_mode, per_synapse=per_synapse)
    t_epoch = int(rule.t_epoch)
    slots = 1 if sparse else _slots(t_epoch)
    lists: dict[str, Any] = dict.fromkeys((*_OF_SPARSE, "all_rows"), 0)
    stored: dict[str, StoredVariable] = {}
    absent: frozenset[str] = frozenset()
    by_pre: Partners | None = None
    if sparse:
        matrix = sparse_matrix(builder, synapses, plastic=True)
        listed = ListedSynapses(builder, matrix)
        lists |= listed.fields | _by_post(builder, synapses, matrix, listed.fan_out())
        del matrix
        variables, absent = _store_sparse(builder, synapses, listed, _variables_of(rule))
        builder.fan_out[synapses], by_pre = listed.fan_out, listed.by_pre
    else:
        stored = _store_dense(builder, synapses, _variables_of(rule))
        variables = {name: one.region for name, one in stored.items()}
        static.count_all(builder, synapses)
        pre = synapses.s_in.size
        lists["all_rows"] = storage.reserve("index", pre, np.arange(pre))
        builder.constant("lists of rows", lists["all_rows"])
    static.store_activation(builder, synapses)

    cells = {trace: storage.reserve("reals", 3).start for trace in TRACES}
    live = {trace: storage.cell("counters", 1) for trace in TRACES}
    states = _store_traces(builder, synapses, live)
    times = {name: _store_times(builder, getattr(synapses, name)) for name in _SPIKE_VARS}
    parts = {
        **_reserve_logs(builder, synapses, slots, t_epoch, sparse=sparse),
        "rule": storage.reserve("counters", 1),
        "draws": storage.reserve("reals", DRAW_ROWS * CHUNK_STEPS),
        "bounds": storage.reserve("reals", 6),
        "most": storage.reserve("counters", len(TRACES)),
        **{name: one.region for name, one in times.items()},
    }
    if sparse:
        parts["spike_step"] = parts["tx"]
    common = static.layer_fields(builder, synapses, variables["weights"])
    row = builder.add(
        STEP,
        **common,
        **lists,
        pre_spikes=static.pre_spikes(builder, synapses, common["received"]),
        post_spikes=builder.receive(synapses.s_in_bap, events=True),
        **{f"{port[-2:]}_in": builder.receive(getattr(synapses, port)) for port in _Y_PORTS},
        traces=[
            number
            for trace, state in states.items()
            for number in TRACE.pack(
                state=state.region, history=-1, decay=cells[trace], live=live[trace]
            )
        ],
        **{name: variables.get(name, -1) for name in ("tag_1", "tag_2")},
        t_epoch=t_epoch,
        log=slots,
        decimate=0,
        three_factors=isinstance(rule, Loihi3FLearningRule),
        graded=int(parameters["graded_spike_cfg"]),
        sparse=sparse,
        aside=storage.reserve("synaptic", 0 if sparse else 3 * (synapses.a_out.size + VECTOR)),
        chunk=CHUNK_STEPS,
        seed=storage.cell("counters", rule.rng_seed),
        step_bits=0,
        **parts,
    )
    logs = _store_history(builder, synapses, rule, slots, states)
    layer = LearningLayer(
        label(synapses),
        storage,
        builder.nodes,
        builder.clock,
        Places(row, logs, variables, cells, live, parts),
        rule,
        per_synapse=per_synapse,
        listed=by_pre,
        absent=absent,
        sign_mode=sign_mode,
        num_weight_bits=parameters.get("num_weight_bits", 8),
    )
    for variable in stored.values():
        variable.refresh, variable.changed = layer.bring_up_to_date, layer.check_range
    for variable in times.values():
        variable.changed = layer.list_spiked
    builder.layers.append(layer)
    builder.checks.append(layer.check_arrays)
    builder.at_start(partial(_start, synapses, layer))
    _keep_rule(builder, synapses, layer)


def _reserve_logs(
    builder: Builder, synapses: Any, slots: int, t_epoch: int, *, sparse: bool
) -> dict[str, Region]:
    """Reserve lists and logs of spikes; all of them lead the compiled code.

    Sparse synapses are brought up to date at once: nothing of theirs is pending.
    """
    name, pre, post = label(synapses), synapses.s_in.size, synapses.a_out.size
    most, marks = post // LISTED_PART, APPLY_U | CLIP | TOUCH | CLEAR
    lists, rows = slots * t_epoch, 0 if sparse else pre
    room = 0 if sparse else VECTOR
    scratch = (min(t_epoch, 2) if sparse else SCRATCH) * (max(pre, post) + room)
    pending = 2 ** min(lists, POST_BITS) - 1 | OWN
    found = {}
    for field, array, size, initial, what, low, high in (
        ("unclipped", "counters", 1, 0, "the marks of an epoch", 0, marks),
        ("spike_epoch", "index", rows, -1, "epochs of spikes", -1, 2**31 - 1),
        ("spike_step", "index", rows, 0, "steps of spikes", 0, t_epoch),
        ("pending", "index", rows, 0, "pending steps", 0, pending),
        ("log_post", "index", slots * post + room, 0, "logged neurons", 0, post - 1),
        ("log_ends", "index", lists, 0, "the ends of logged neurons", 0, post),
        ("log_count", "counters", slots, 0, "the counts of logged neurons", 0, post),
        ("log_whole", "counters", slots, 0, "the marks of logged epochs", 0, marks),
        ("log_noise", "counters", slots, 0, "logged noise", 0, 2**7 - 1),
        ("lists", "index", 0 if sparse else lists * (most + 1), 0, "listed neurons", 0, post - 1),
        ("listed", "counters", lists, 0, "the counts of listed neurons", -1, most),
        ("looked", "index", scratch, 0, "marked neurons", -(2**31), 2**31 - 1),
        ("pre_spiked", "index", pre + room, 0, "the neurons that have spiked", 0, pre - 1),
        ("pre_ends", "index", t_epoch, 0, "the ends of neurons that have spiked", 0, pre),
        ("pre_count", "counters", 1, 0, "how many neurons have spiked", 0, pre),
    ):
        found[field] = builder.storage.reserve(array, size, initial)
        builder.bound(f"{name}: {what}", found[field], low, high)
    return found


def _store_times(builder: Builder, var: Any) -> StoredVariable:
    return builder.store(var, "index", in_lavas_type(var.init, var.shape, int), integer=True)


def _store_traces(
    builder: Builder, synapses: Any, live: dict[str, int]
) -> dict[str, StoredVariable]:
    """Store the states of traces."""
    kind = int if builder.fixed else float
    variables = {trace: getattr(synapses, trace) for trace in TRACES}
    return {
        trace: builder.store(
            var,
            "values",
            in_lavas_type(var.init, var.shape, kind),
            changed=partial(builder.storage.set_cell, "counters", live[trace], 1),
        )
        for trace, var in variables.items()
    }


def _store_history(
    builder: Builder, synapses: Any, rule: Any, slots: int, states: dict[str, StoredVariable]
) -> dict[str, Region]:
    """Reserve the logs of traces that the rule, or another one that is set later, can use.

    A log of one step is the trace itself, but where that goes back to what came from outside.
    """
    steps, logs = slots * int(rule.t_epoch), {}
    for trace, state in states.items():
        if not _is_logged(rule, trace):
            continue
        kept = isinstance(rule, Loihi3FLearningRule) and trace not in PRE_TRACES
        logs[trace] = state.region
        if steps > 1 or kept:
            logs[trace] = builder.storage.reserve("values", steps * state.region.size)
    return logs


def _slots(t_epoch: int) -> int:
    """Epochs in the log of a dense layer: the power of two that comes to `LOG_STEPS`."""
    return 2 ** max(0, (LOG_STEPS // t_epoch).bit_length() - 1)


def _check(
    builder: Builder, synapses: Any, rule: Any, sign_mode: Any, *, per_synapse: bool
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
    graded = synapses.proc_params["graded_spike_cfg"]
    if per_synapse and graded != GradedSpikeCfg.USE_REGULAR_IMPULSE:
        raise UnsupportedGraph(
            f"{label(synapses)}: graded_spike_cfg is {graded!r}; with rounding per synapse it must "
            "be USE_REGULAR_IMPULSE; rounding='per_layer' takes any"
        )
    if isinstance(rule, Loihi2FLearningRule):
        for name in _Y_PORTS:
            if builder.graph.links[getattr(synapses, name)]:
                raise UnsupportedGraph(
                    f"{label(synapses)}: port {name!r} is connected, but a two-factor rule never "
                    "receives there: its sender would hang; use a Loihi3FLearningRule"
                )
    if not builder.fixed:
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


def _store_dense(builder: Builder, synapses: Any, uses: set[str]) -> dict[str, StoredVariable]:
    """Store weights and the tags in use; other tags stay what they are."""
    weights = static.dense_matrix(builder, synapses, plastic=True)
    stored = {"weights": builder.store(synapses.weights, "synaptic", weights, by_column=True)}
    for name in ("tag_1", "tag_2"):
        var = getattr(synapses, name)
        kind = int if builder.fixed else float
        if name in uses or _is_observed(synapses, var):
            values = in_lavas_type(var.init, var.shape, kind)
            stored[name] = builder.store(var, "synaptic", values, by_column=True)
        else:
            builder.keep(var, _kept_tag(var, kind), lambda new: None)
    return stored


def _kept_tag(var: Any, kind: type) -> NDArray[Any]:
    """Return the first values of a tag that no rule uses: one number where all are equal."""
    given = np.asarray(var.init)
    if given.min() == given.max():
        return np.broadcast_to(in_lavas_type(given.flat[0], (1,), kind), var.shape)
    return in_lavas_type(given, var.shape, kind)


def _is_observed(synapses: Any, var: Any) -> bool:
    """Tell whether a monitor records a Var."""
    return any(port.var is var for port in synapses.var_ports.members)


def _store_sparse(
    builder: Builder, synapses: Any, listed: ListedSynapses, uses: set[str]
) -> tuple[dict[str, Region], frozenset[str]]:
    """Store weights and tags by one list of synapses; tell which tags have no entries."""
    variables: dict[str, Region] = {}
    absent: set[str] = set()
    for name in ("weights", "tag_1", "tag_2"):
        var = getattr(synapses, name)
        if not var.init.nnz:
            absent.add(name)
        if name != "weights" and name not in uses:
            builder.keep(var, find(var.init)[2], lambda new: None)
            continue
        values = listed.values if name == "weights" else np.zeros(listed.size)
        if name != "weights" and var.init.nnz:
            places = listed.places(var.init, explicit_zeros=True)
            if not np.array_equal(np.sort(places), np.arange(listed.size)):
                raise UnsupportedGraph(
                    f"{label(synapses)}: {name} has entries at other places than the weights "
                    "(those truncated to 0 leave the network); give it one for each weight"
                )
            values[places] = find(var.init, explicit_zeros=True)[2]
        region = builder.storage.reserve("synaptic", listed.size, values)
        builder.variables[var.id] = SparseVariable(
            f"{name} of {label(synapses)}", builder, var, listed, region
        )
        variables[name] = region
    return variables, frozenset(absent)


def _by_post(
    builder: Builder, synapses: Any, matrix: csr_matrix, fan_out: NDArray[np.int64]
) -> dict[str, Any]:
    """List the pre-synaptic neurons of each post-synaptic one.

    Where a synapse is in the list by pre-synaptic neuron is found by a search.
    """
    if not matrix.has_sorted_indices:
        matrix = matrix.sorted_indices()
    if not matrix.has_canonical_format:
        raise UnsupportedGraph(
            f"{label(synapses)}: weights have several entries for one pair of neurons; add them up "
            "(sum_duplicates)"
        )
    by_post = store_code(builder.storage, matrix.indptr, matrix.indices, matrix.shape[1])
    builder.constant("lists of synapses", by_post.first, by_post.low, by_post.high)
    coded = {f"pre_{name}": getattr(by_post, name) for name in _CODED}
    many = max(fan_out.max(), np.diff(matrix.indptr).max())
    partners, places = (builder.storage.reserve("index", int(many)) for _ in range(2))
    for region in (partners, places):
        builder.bound(f"{label(synapses)}: what is put aside", region, 0, 2**31 - 1)
    return {"first_by_post": by_post.first, **coded, "partners": partners, "places": places}


def _start(synapses: Any, layer: LearningLayer) -> None:
    try:
        layer.check_first_values()
    except ValueError as error:
        raise CannotBuild(synapses, f"{label(synapses)}: {error}") from error
    layer.start()


def _keep_rule(builder: Builder, synapses: Any, layer: LearningLayer) -> None:
    """Keep the Vars of a rule. Lava's model reads all of them anew after any Var was set."""
    kept = {
        name: builder.keep(
            getattr(synapses, name),
            in_lavas_type(getattr(synapses, name).init, (1,), int if builder.fixed else float),
            lambda new: None,
        )
        for name in PARAMETERS
    }
    texts = {}
    for name in TEXTS:
        var = getattr(synapses, name)
        texts[name] = builder.variables[var.id] = TextVariable(var.init)

    def on_var_update() -> None:
        layer.change(
            {name: var.values.item() for name, var in kept.items()},
            {name: var.text for name, var in texts.items()},
        )

    for var in synapses.vars.members:
        builder.on_var_update[var.id] = on_var_update


def _ranges(synapses: Any, fixed: bool) -> dict[str, Range]:
    t_epoch = int(synapses.proc_params["learning_rule"].t_epoch)
    steps: Range = (0, t_epoch)
    return (
        static.ranges(synapses, fixed)
        | {"x0": FLAG, "y0": FLAG, "tx": steps, "ty": steps}
        | dict.fromkeys(PARAMETERS, NOT_NEGATIVE)
    )


def _memory(synapses: Any, fixed: bool, *, sparse: bool) -> int:
    """Bytes of weights, tags in use and, if sparse, lists of both sides' synapses."""
    unused = VARIABLES.keys() - _variables_of(synapses.proc_params["learning_rule"])
    if not sparse:
        return static.memory(synapses, fixed, unused=unused)
    post, pre = synapses.weights.init.shape
    by_post = bytes_of_code(post, pre, elements_of(synapses.weights))
    return memory_with_lists(synapses, fixed, unused) + by_post


def _node(*, sparse: bool = False, per_synapse: bool = False) -> Node:
    return static.synaptic(
        partial(_build, sparse=sparse, per_synapse=per_synapse),
        STEP,
        UPDATE_STEP,
        receives=("s_in", "s_in_bap", *_Y_PORTS),
        ranges=_ranges,
        memory=partial(_memory, sparse=sparse),
    )


DENSE, SPARSE = _node(), _node(sparse=True)
DENSE_PER_SYNAPSE = _node(per_synapse=True)
SPARSE_PER_SYNAPSE = _node(sparse=True, per_synapse=True)
