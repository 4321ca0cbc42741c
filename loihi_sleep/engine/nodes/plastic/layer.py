"""The host's side of a plastic layer: its rule, its parameters, its random numbers."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from lava.magma.core.learning.constants import W_TRACE_FRACTIONAL_PART
from lava.utils.weightutils import SignMode
from numpy.typing import NDArray

from loihi_sleep.engine.bounds import Arrays, check_listed
from loihi_sleep.engine.bounds import part as part_of
from loihi_sleep.engine.memory import Region, Storage
from loihi_sleep.engine.nodes.plastic.randomness import LearningRandom
from loihi_sleep.engine.nodes.plastic.row import (
    CLEAR,
    CLIP,
    DRAW_ROWS,
    PLASTIC,
    TOUCH,
    TRACE,
    TRACE_WIDTH,
)
from loihi_sleep.engine.nodes.plastic.step import apply_to_all_rows
from loihi_sleep.engine.nodes.synapses.partners import Partners
from loihi_sleep.engine.program import Clock, NodeTable
from loihi_sleep.engine.rows import MESSAGE
from loihi_sleep.engine.rules import (
    LOWEST_HELD,
    POST_TRACES,
    PRE_TRACES,
    VARIABLES,
    RuleText,
    Target,
)
from loihi_sleep.engine.rules.compile import RuleFunction, function_of
from loihi_sleep.numerics.limits import TAG_MAX, TAG_MIN
from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels.integers import WEIGHT_MAX, WEIGHT_MIN
from loihi_sleep.processes.learning_dense.models import storable_range, weight_step_bits

if TYPE_CHECKING:
    from lava.magma.core.learning.learning_rule import LoihiLearningRule

TRACES = PRE_TRACES + POST_TRACES
TEXTS = ("dw", "dd", "dt")
PARAMETERS = tuple(f"{trace}_{kind}" for trace in TRACES for kind in ("tau", "impulse"))
# What Lava's stock models clip to; None: no bound.
_STOCK_RANGES: dict[tuple[bool, str, SignMode], tuple[int | None, int | None]] = {
    (True, "weights", SignMode.MIXED): (WEIGHT_MIN, WEIGHT_MAX),
    (True, "weights", SignMode.EXCITATORY): (0, WEIGHT_MAX),
    (True, "weights", SignMode.INHIBITORY): (-WEIGHT_MAX, 0),
    (False, "weights", SignMode.MIXED): (None, None),
    (False, "weights", SignMode.EXCITATORY): (0, None),
    (False, "weights", SignMode.INHIBITORY): (None, 0),
}
_STOCK_TAG_RANGES: dict[tuple[bool, str], tuple[int | None, int | None]] = {
    # One below what 9 bits hold, as Lava has it.
    (True, "tag_1"): (TAG_MIN - 1, TAG_MAX),
    (True, "tag_2"): (0, TAG_MAX),
    (False, "tag_1"): (None, None),
    (False, "tag_2"): (0, None),
}


@dataclass(frozen=True)
class Places:
    """Where the parts of a plastic layer are in the memory.

    Parameters
    ----------
    row : int
        Where the row of its node begins.
    logs : dict of str to Region
        Logs of traces.
    variables : dict of str to Region
        ``weights`` and the tags that are stored.
    parameters : dict of str to int
        First of three cells in reals of each trace (decay, impulse, its fraction).
    live : dict of str to int
        Cell of each trace that says whether it is zero everywhere.
    parts : dict of str to Region
        Fields of the row.
    """

    row: int
    logs: dict[str, Region]
    variables: dict[str, Region]
    parameters: dict[str, int]
    live: dict[str, int]
    parts: dict[str, Region]


class LearningLayer:
    """A plastic layer while it runs.

    Parameters
    ----------
    name : str
        For messages.
    storage : Storage
    nodes : NodeTable
    clock : Clock
        Clock of the network.
    places : Places
    rule : LoihiLearningRule
        Copied: Vars may change it.
    per_synapse : bool
        Rounding, or clipping, of each synapse by itself.
    listed : Partners or None
        Synapses by pre-synaptic neuron; None: dense.
    absent : frozenset of str
        Synaptic variables without entries (sparse): Lava's models change nothing there.
    sign_mode : SignMode
    num_weight_bits : int
    """

    def __init__(
        self,
        name: str,
        storage: Storage,
        nodes: NodeTable,
        clock: Clock,
        places: Places,
        rule: LoihiLearningRule,
        *,
        per_synapse: bool,
        listed: Partners | None,
        absent: frozenset[str],
        sign_mode: SignMode,
        num_weight_bits: int,
    ) -> None:
        self.name = name
        self.row = places.row
        self.rule = copy.deepcopy(rule)
        self._fixed = storage.numerics == "fixed"
        self.random = LearningRandom(rule.rng_seed, rule.t_epoch) if self._fixed else None
        self._storage, self._nodes, self._clock, self._places = storage, nodes, clock, places
        self._per_synapse, self._listed = per_synapse, listed
        self._absent = absent
        self._sign_mode, self._num_weight_bits = sign_mode, num_weight_bits
        self._function: RuleFunction | None = None

    def start(self) -> None:
        """Set the memory up for the rule."""
        self._load_rule()
        self._load_parameters()
        self.check_range()

    @property
    def dependencies(self) -> set[str]:
        """What lets the rule's products apply: ``x0``, ``y0`` or ``u``."""
        return self._text().dependencies

    def texts(self) -> dict[str, str | None]:
        """The rules that are in use."""
        return {name: getattr(self.rule, f"{name}_str") for name in TEXTS}

    def change(self, values: dict[str, float], texts: dict[str, str | None]) -> None:
        """Take the parameters and rules that the layer's Vars hold, as Lava does after any set.

        Raises
        ------
        ValueError
            A rule that Lava cannot read, or one that the memory has no room for; a time
            constant with which weights become NaN. Everything stays as it was.
        """
        rule = self.rule if texts == self.texts() else self._rule_of(texts)
        self._check_parameters(rule, values)
        if rule is not self.rule:
            self.bring_up_to_date()
            self.rule = rule
            self._load_rule()
        for name, value in values.items():
            setattr(self.rule, name, value)
        self._load_parameters()

    @property
    def state(self) -> dict[str, Any]:
        """Rule, parameters and random generators, as plain values."""
        return {
            "texts": self.texts(),
            "parameters": {name: getattr(self.rule, name) for name in PARAMETERS},
            "generators": copy.deepcopy(self.random.state) if self.random else [],
        }

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        self.change(state["parameters"], state["texts"])
        if self.random:
            self.random.state = copy.deepcopy(state["generators"])

    def bring_up_to_date(self) -> None:
        """Apply all epochs that have ended to all synapses."""
        last = self._clock.step // int(self.rule.t_epoch)
        apply_to_all_rows(self._nodes.rows, self.row, last, self._storage.arrays)

    def has_region(self, region: Region) -> bool:
        """Tell whether a region is one that the rule changes."""
        return region in self._places.variables.values()

    @property
    def pre_spikes(self) -> list[int]:
        """Message of the pre-synaptic spikes that the rule sees."""
        first = self.row + PLASTIC.pre_spikes
        return [int(number) for number in self._nodes.rows[first : first + MESSAGE.width]]

    @property
    def spiked(self) -> tuple[Region, Region]:
        """Step of each neuron's last spike in the epoch, 0 for none: pre- and post-synaptic."""
        return self._places.parts["tx"], self._places.parts["ty"]

    @property
    def listed(self) -> tuple[NDArray[Any], NDArray[Any]] | None:
        """Where each pre-synaptic neuron's synapses begin, and their partners; None: dense."""
        if self._listed is None:
            return None
        return self._listed.begins, self._listed.partners

    def check_range(self) -> None:
        """Note whether synaptic variables hold what a rule's result could not be."""
        flag = 0
        text = self._text()
        for target in text.targets:
            name = next(key for key, value in VARIABLES.items() if value == target.variable)
            values = self._storage.view(self._places.variables[name])
            low = target.low
            if low is not None and text.rounds_at_once:
                low = max(low, LOWEST_HELD)
            outside = (low is not None and (values < low).any()) or (
                target.high is not None and (values > target.high).any()
            )
            if self._per_synapse and self._fixed:
                outside |= (values & (2**target.step_bits - 1)).any()
            if outside:
                flag |= TOUCH if self._per_synapse else CLIP
        marks = self._view("unclipped")
        marks[0] = flag | (marks[0] & CLEAR)

    def check_first_values(self) -> None:
        """Refuse first values that Lava's model clips between two products of a rule.

        Its accumulator holds 9 bits, and each product clips what is in it, also one that waits for
        a post-synaptic spike which did not come. The code of a rule leaves those out; it makes a
        difference only where a value was beyond 9 bits, which no result of a rule is.

        Raises
        ------
        ValueError
        """
        for target in self._text().targets if self._fixed else ():
            dependencies = [product.dependency for product in target.products]
            if dependencies[0] != "y0" or set(dependencies) == {"y0"}:
                continue
            name = next(key for key, value in VARIABLES.items() if value == target.variable)
            values = self._storage.view(self._places.variables[name])
            outside = (values < LOWEST_HELD) | (values > -LOWEST_HELD - 1)
            if outside.any():
                raise ValueError(
                    f"{name} holds {values[outside][0]}; with a rule whose first product waits "
                    f"for a post-synaptic spike and others do not, it must be from {LOWEST_HELD} "
                    f"to {-LOWEST_HELD - 1}"
                )

    def list_spiked(self) -> None:
        """List the neurons that have spiked in the epoch anew, after tx, ty, x0 or y0 was set."""
        # A row remembers but its last spike.
        self.bring_up_to_date()
        for _, listed, count, times, ends in self._lists(self._clock.step):
            spiked = np.flatnonzero(self._storage.view(times))
            steps = self._storage.view(times)[spiked]
            self._storage.view(listed)[: spiked.size] = spiked[np.argsort(steps, kind="stable")]
            self._storage.view(count)[:] = spiked.size
            places = np.searchsorted(np.sort(steps), np.arange(1, ends.size + 1), side="right")
            self._storage.view(ends)[:] = places
        self._view("unclipped")[:] |= CLEAR

    def _view(self, part: str) -> NDArray[Any]:
        return self._storage.view(self._places.parts[part])

    def _lists(self, time_step: int) -> Iterator[tuple[str, Region, Region, Region, Region]]:
        """Lists of the neurons that have spiked in the epoch, of both sides.

        Of each: its name, where it is, the cell of its length, the steps of the spikes, and where
        those of each step end.
        """
        parts, t_epoch = self._places.parts, int(self.rule.t_epoch)
        listed, count, ends = (parts[f"pre_{name}"] for name in ("spiked", "count", "ends"))
        yield "pre-synaptic", listed, count, parts["tx"], ends
        post, slots = parts["ty"].size, parts["log_count"].size
        slot = (time_step // t_epoch + 1) % slots
        listed = Region("index", parts["log_post"].start + slot * post, post)
        count = Region("counters", parts["log_count"].start + slot, 1)
        ends = Region("index", parts["log_ends"].start + slot * t_epoch, t_epoch)
        yield "post-synaptic", listed, count, parts["ty"], ends

    def draw(self, done: int, steps: int) -> None:
        """Draw the random numbers of the next steps."""
        if self.random is not None:
            self.random.draw(done, steps, self._view("draws").reshape(DRAW_ROWS, -1))

    def check_arrays(self, arrays: Arrays, time_step: int) -> None:
        """Refuse arrays of a state whose lists are not of the neurons that have spiked.

        Raises
        ------
        ValueError
        """
        for name, listed, count, times, _ in self._lists(time_step):
            many = int(part_of(arrays, count)[0])
            check_listed(
                f"{self.name}: the {name} neurons that have spiked",
                part_of(arrays, listed)[:many],
                part_of(arrays, times) > 0,
            )

    def check_state(self, state: Any) -> None:
        """Refuse what `state` would not take, as far as it can be seen without taking it.

        Raises
        ------
        ValueError
        """
        keys = {"texts": set(TEXTS), "parameters": set(PARAMETERS), "generators": None}
        if not isinstance(state, dict) or set(state) != set(keys):
            raise ValueError(f"{self.name}: the state of its rule must have {', '.join(keys)}")
        for key in ("texts", "parameters"):
            if not isinstance(state[key], dict) or set(state[key]) != keys[key]:
                raise ValueError(
                    f"{self.name}: {key} of its rule must be {', '.join(sorted(keys[key] or ()))}"
                )
        for name, text in state["texts"].items():
            if not (text is None or isinstance(text, str)):
                raise ValueError(f"{self.name}: {name} is {text!r}; it must be a text")
        for name, value in state["parameters"].items():
            checks.number(f"{self.name}: {name}", value, 0)
        texts = state["texts"]
        rule = self.rule if texts == self.texts() else self._rule_of(texts)
        self._check_parameters(rule, state["parameters"])
        generators = state["generators"]
        if self.random is not None:
            self.random.check_state(generators)
        elif generators != []:
            raise ValueError(f"{self.name}: the state has random generators, the layer has none")

    def place_address(self) -> None:
        """Write where the rule's code is; after a restore it would be that of another run."""
        assert self._function is not None
        self._view("rule")[:] = self._function.address

    def _rule_of(self, texts: dict[str, str | None]) -> LoihiLearningRule:
        """Make the rule of texts that are not the present ones.

        Raises
        ------
        ValueError
            It cannot be used.
        """
        rule = copy.deepcopy(self.rule)
        given = ", ".join(f"{name} {text!r}" for name, text in texts.items() if text)
        try:
            for name, text in texts.items():
                setattr(rule, f"{name}_str", text)
        except Exception as error:
            raise ValueError(
                f"{self.name}: the rule {given} cannot be read by Lava "
                f"({type(error).__name__}: {error}); it must be sums of products such as "
                "2^-2*x1*y0"
            ) from error
        try:
            self._check_rule(self._text_of(rule))
        except Exception as error:
            raise ValueError(f"{self.name}: the rule {given} cannot be used: {error}") from error
        return rule

    def _check_parameters(self, rule: LoihiLearningRule, values: dict[str, float]) -> None:
        """Refuse what makes weights NaN in float."""
        for trace in rule.active_traces:
            if not self._fixed and values.get(f"{trace}_tau") == 0:
                raise ValueError(
                    f"{self.name}: {trace}_tau is 0 and the rule uses {trace}; in float numerics "
                    "weights would become NaN: give it a time constant above 0"
                )

    def _check_rule(self, text: RuleText) -> RuleFunction:
        """Compile a rule; refuse one for which the memory has no room."""
        missing = [name for name in text.traces if name not in self._places.logs]
        names = {short: name for name, short in VARIABLES.items()}
        missing += [names[v] for v in text.variables if names[v] not in self._places.variables]
        if missing:
            raise ValueError(
                f"it needs {', '.join(missing)}, which the rule that the layer was built with does "
                "not use"
            )
        return function_of(text)

    def _load_rule(self) -> None:
        text = self._text()
        self._function = self._check_rule(text)
        bounds, row = self._view("bounds"), self._nodes.rows[self.row :]
        for target in text.targets:
            place = 2 * "wdt".index(target.variable)
            bounds[place] = -np.inf if target.low is None else target.low
            bounds[place + 1] = np.inf if target.high is None else target.high
            if target.variable == "w":
                row[PLASTIC.step_bits] = target.step_bits
        for number, trace in enumerate(TRACES):
            history = PLASTIC.traces + number * TRACE_WIDTH + TRACE.history
            row[history] = self._places.logs[trace].start if trace in text.traces else -1
        k = self.rule.decimate_exponent
        row[PLASTIC.decimate] = 0 if k is None else 2**k
        self.place_address()

    def _load_parameters(self) -> None:
        for names in (PRE_TRACES, POST_TRACES):
            taus = np.array([getattr(self.rule, f"{name}_tau") for name in names])
            impulses = np.array([getattr(self.rule, f"{name}_impulse") for name in names])
            factors = _decay_factors(taus, fixed=self._fixed)
            whole, fraction = impulses.astype(float), np.zeros(len(names))
            if self._fixed:
                whole = np.floor(impulses).astype(float)
                fraction = np.round((impulses - whole) * 2**W_TRACE_FRACTIONAL_PART)
            for name, *values in zip(names, factors, whole, fraction, strict=True):
                cell = self._places.parameters[name]
                self._storage.arrays.reals[cell : cell + 3] = values
                self._storage.set_cell("counters", self._places.live[name], 1)

    def _text(self) -> RuleText:
        return self._text_of(self.rule)

    def _text_of(self, rule: LoihiLearningRule) -> RuleText:
        targets = []
        for key, series in rule.active_product_series.items():
            name = next(name for name, short in VARIABLES.items() if short == key[1:])
            if name in self._absent:
                continue
            low, high = self._range(name)
            step_bits = (
                weight_step_bits(self._num_weight_bits, self._sign_mode)
                if name == "weights" and self._per_synapse and self._fixed
                else 0
            )
            targets.append(Target(key[1:], tuple(series.products), low, high, step_bits))
        return RuleText(
            tuple(targets),
            rule.t_epoch,
            fixed=self._fixed,
            per_synapse=self._per_synapse,
            sparse=self._listed is not None,
        )

    def _range(self, name: str) -> tuple[int | None, int | None]:
        if self._per_synapse:
            return storable_range(name, self._num_weight_bits, self._sign_mode)
        if name == "weights":
            return _STOCK_RANGES[self._fixed, name, self._sign_mode]
        return _STOCK_TAG_RANGES[self._fixed, name]


def _decay_factors(taus: NDArray[Any], *, fixed: bool) -> NDArray[np.float64]:
    """Factors of decay a step; with tau 0 Lava's traces last a step in fixed, and are NaN in float.

    The expression is Lava's, down to the shape: the result must be equal to the last bit.
    """
    factors = np.full(taus.shape, 0.0 if fixed else np.nan)
    factors[taus != 0] = np.exp(-1 / taus[taus != 0][:, np.newaxis])[:, 0]
    return factors
