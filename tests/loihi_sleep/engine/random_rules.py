"""Random learning rules from the whole grammar, for Hypothesis."""

from __future__ import annotations

import functools
import re
from typing import Any, NamedTuple

import hypothesis
from graph_description import Rule
from hypothesis import strategies as st
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from random_numbers import maybe

TRACES = ("x1", "x2", "y1", "y2", "y3")
SYNAPTIC = ("w", "d", "t")
EPOCHS = (1, 1, 2, 3, 4, 7, 16, 63)
# Of the rules that `varied_pool` chooses, one by one.
_EPOCHS_OF_VARIED = (1, 2, 16, 3, 1, 63)
_VARIED = {
    ("fixed", "per_layer"): 6,
    ("fixed", "per_synapse"): 4,
    ("float", "per_layer"): 4,
    ("float", "per_synapse"): 3,
}


class PoolRule(NamedTuple):
    """A rule to choose.

    Attributes
    ----------
    texts : dict of str to str
        Strings for one to all of dw, dd and dt.
    t_epoch : int or None
        Length of its epochs; by default any is drawn.
    """

    texts: dict[str, str]
    t_epoch: int | None = None


@st.composite
def _constants(draw: st.DrawFn) -> str:
    return draw(
        st.one_of(
            st.integers(0, 15).map(str),
            st.integers(-3, 6).map(lambda exponent: f"2^{exponent}"),
            st.builds(lambda m, e: f"{m}*2^{e}", st.integers(1, 7), st.integers(-2, 4)),
        )
    )


@st.composite
def _factors(draw: st.DrawFn, numerics: str, sparse: bool) -> str:
    kinds = ["trace", "trace", "trace", "trace + c"]
    # Lava multiplies and adds sparse matrices as if they were dense, and fails.
    kinds += [] if sparse else ["w", "w + c", "sgn", "sgn + c"]
    # The floating-point applier refuses x0 and y0 as factors.
    kinds += ["x0"] if numerics == "fixed" else []
    kind = draw(st.sampled_from(kinds))
    if kind.startswith("sgn"):
        variable = draw(st.sampled_from(SYNAPTIC))
        if kind == "sgn":
            return f"sgn({variable})"
        form = draw(st.sampled_from(["sgn({v}+{c})", "sgn({v}-{c})", "sgn({c}+{v})"]))
        return form.format(v=variable, c=draw(_constants()))
    names = {"trace": TRACES, "w": SYNAPTIC, "x0": ("x0", "y0")}[kind.split(" ")[0]]
    variable = draw(st.sampled_from(names))
    if kind.endswith("+ c") or (kind == "x0" and maybe(draw, 0.3)):
        form = draw(st.sampled_from(["({v}+{c})", "({v}-{c})", "({c}-{v})", "(-{v}+{c})"]))
        return form.format(v=variable, c=draw(_constants()))
    # A bracket around a dependency drops it, and one around a variable drops its sign.
    return draw(st.sampled_from([variable, variable, variable, f"({variable})"]))


@st.composite
def _products(draw: st.DrawFn, numerics: str, sparse: bool, decimation: int) -> str:
    dependency = draw(st.sampled_from(["x0", "y0", f"u{decimation}"]))
    most = draw(st.sampled_from([3, 2, 2, 2, 6])) if numerics == "fixed" else 2
    factors = draw(st.lists(_factors(numerics, sparse), max_size=most))
    if numerics == "float":
        # More than one of them and weights explode, until nothing can be compared.
        multiplied = [f for f in factors if "sgn" not in f and set(f) & set(SYNAPTIC)]
        for extra in multiplied[1:]:
            factors.remove(extra)
        scale = draw(st.sampled_from(["2^-7", "2^-5", "3*2^-6", "(-2^-6)"]))
    else:
        exponents = st.one_of(st.integers(-7, 2), st.sampled_from([-7, 8]))
        scale = draw(
            st.one_of(
                exponents.map(lambda e: f"2^{e}"),
                st.builds(lambda m, e: f"{m}*2^{e}", st.integers(0, 7), exponents),
                st.builds(lambda m, e: f"(-{m}*2^{e})", st.integers(1, 8), st.integers(-7, 5)),
                st.integers(0, 7).map(str),
                st.just("2*2^-3*3"),
                st.just(""),
            )
        )
    # Of several dependencies the first is one and the others are factors; u cannot be a factor.
    place = 0 if {"x0", "y0"} & set(factors) else draw(st.integers(0, len(factors)))
    parts = [*factors[:place], dependency, *factors[place:]]
    if scale:
        parts.insert(draw(st.integers(0, len(parts))), scale)
    return "*".join(parts)


@st.composite
def _series(draw: st.DrawFn, numerics: str, sparse: bool, decimation: int) -> str:
    products = draw(
        st.lists(
            st.tuples(st.sampled_from(["+", "-"]), _products(numerics, sparse, decimation)),
            min_size=1,
            max_size=draw(st.sampled_from([2, 3, 1, 5])),
        )
    )
    text = " ".join(f"{sign} {product}" for sign, product in products)
    return text.removeprefix("+ ")


@st.composite
def rule_texts(draw: st.DrawFn, numerics: str, sparse: bool = False) -> dict[str, str]:
    """Strings of a rule for one to all of dw, dd and dt, from the grammar that Lava accepts."""
    decimation = draw(st.sampled_from([0, 1, 2, 3, 5, 9]))
    targets = draw(
        st.sampled_from([("dw",), ("dw",), ("dw", "dt"), ("dd",), ("dt",), ("dw", "dd", "dt")])
    )
    texts = {target: draw(_series(numerics, sparse, decimation)) for target in targets}
    try:
        Loihi2FLearningRule(**texts)
    except ValueError:
        hypothesis.reject()
    return texts


@functools.cache
def varied_pool(numerics: str, rounding: str = "per_layer") -> list[PoolRule]:
    """Few and short rules of a larger pool that together hold most of the grammar.

    A new rule takes seconds to compile, the longer the more, anew for each length of epochs,
    numerics and rounding, and the default run meets them all; so each has epochs of one length, and
    only with ``--lava`` is any rule met with any. The first third suits sparse synapses, as in
    :func:`rules_pool`.
    """
    size = _VARIED[numerics, rounding]
    pool = [rule.texts for rule in rules_pool(numerics)]
    third = len(pool) // 3
    chosen = [*_most_varied(pool[:third], size // 3), *_most_varied(pool[third:], size - size // 3)]
    return [
        PoolRule(texts, t_epoch) for texts, t_epoch in zip(chosen, _EPOCHS_OF_VARIED, strict=False)
    ]


def _most_varied(pool: list[dict[str, str]], size: int) -> list[dict[str, str]]:
    chosen: list[dict[str, str]] = []
    seen: set[str] = set()
    for _ in range(size):
        chosen.append(
            max(
                (texts for texts in pool if texts not in chosen),
                key=lambda texts: len(_parts(texts) - seen) / _length(texts),
            )
        )
        seen |= _parts(chosen[-1])
    return chosen


def _length(texts: dict[str, str]) -> int:
    """Characters of a rule, and as many more as a rule without products takes to compile."""
    return 40 + sum(map(len, texts.values()))


def _parts(texts: dict[str, str]) -> set[str]:
    """What a rule changes, and the variables, functions and sums that it is made of."""
    written = re.sub(r"sgn\([^wdt]*([wdt])[^)]*\)", r"sgn\1", " ".join(texts.values()))
    found = re.findall(r"sgn[wdt]|[xy]\d|u(?=\d)|\b[wdt]\b", written)
    is_sum = re.search(r"\([^()]*[a-z]\d?[+-]|-[xywdt]", written)
    return {*texts, *found, *(["sum"] if is_sum else [])}


def large_pool(numerics: str, rounding: str = "per_layer") -> list[PoolRule]:
    """All rules of a pool, with epochs of any length."""
    return rules_pool(numerics)


@functools.cache
def rules_pool(numerics: str, size: int = 24) -> list[PoolRule]:
    """Rules drawn from the grammar, the same in every process; the first third suits sparse ones.

    Each is the first that Hypothesis draws at random from a seed of its own: within one session it
    would vary what it has drawn.
    """
    found: list[dict[str, str]] = []
    seed = 0
    while len(found) < size:
        texts = _drawn_once(rule_texts(numerics, sparse=len(found) < size // 3), seed)
        seed += 1
        if texts not in found:
            found.append(texts)
    return [PoolRule(texts) for texts in found]


def _drawn_once(strategy: st.SearchStrategy[Any], seed: int) -> Any:
    drawn = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=2,  # the first is the simplest of all
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(strategy)
    def collect(value: Any) -> None:
        drawn.append(value)

    collect()
    return drawn[-1]


@st.composite
def rules(
    draw: st.DrawFn,
    numerics: str,
    sparse: bool,
    factors: int,
    pool: list[PoolRule] | None,
) -> Rule:
    if pool is None:
        chosen = PoolRule(draw(rule_texts(numerics, sparse)))
    else:
        chosen = draw(st.sampled_from(pool[: len(pool) // 3] if sparse else pool))
    texts = chosen.texts
    epoch = chosen.t_epoch or draw(st.sampled_from(EPOCHS))
    seed = draw(st.one_of(st.integers(0, 2**31), st.just(2**40)))
    settings: dict[str, Any] = {"t_epoch": epoch, "rng_seed": seed}
    written = " ".join(texts.values())
    for trace in TRACES if factors == 2 else TRACES[:2]:
        if maybe(draw, 0.1):
            continue  # Lava's defaults: impulse and tau 0
        impulse = draw(
            st.one_of(
                st.integers(0, 127),
                st.integers(0, 127 * 16).map(lambda sixteenths: sixteenths / 16),
                st.sampled_from([0.1, 1.999, 63.7, 126.998]),
            )
        )
        tau = draw(
            st.one_of(
                st.integers(1, 20),
                st.sampled_from([0, 1, 0.5, 2.5, 200, 65535]),
                st.floats(0.5, 100, allow_nan=False).map(lambda tau: round(tau, 3)),
            )
        )
        settings[f"{trace}_impulse"] = impulse if numerics == "fixed" else impulse / 8
        settings[f"{trace}_tau"] = tau
    if numerics == "float":
        for trace in TRACES if factors == 2 else TRACES[:2]:
            # Where the rule uses the trace, tau 0 makes weights NaN.
            if trace in written and not settings.get(f"{trace}_tau"):
                settings[f"{trace}_tau"] = 3
    return Rule(texts, settings, factors)
