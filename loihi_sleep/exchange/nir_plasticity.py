"""The learning rule of a layer in a NIR file: a text in the metadata of the layer's synapses.

NIR has no plasticity. Other tools leave metadata alone: to them a network with rules is that with
its weights.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from loihi_sleep.configuration import checked
from loihi_sleep.networks import CubaLayer
from loihi_sleep.numerics.discretize import EXPONENT_MAX, EXPONENT_MIN, ScaleConstant
from loihi_sleep.numerics.names import NUMERICS
from loihi_sleep.rules import Rule
from loihi_sleep.rules.products import Product
from loihi_sleep.rules.rule import Trace
from loihi_sleep.settings import Settings

# Name of the text in the metadata, and its largest size in characters.
KEY, LONGEST = "plasticity", 50_000
VERSION = 1

_Constant = tuple[
    Annotated[int, Field(ge=-7, le=7)], Annotated[int, Field(ge=EXPONENT_MIN, le=EXPONENT_MAX)]
]
_Variable = Literal["x0", "x1", "x2", "y0", "y1", "y2", "y3", "w", "d", "t"]
_Factor = _Variable | Literal["sgn(w)", "sgn(d)", "sgn(t)"]
_Dependency = Literal["x0", "y0", "u0", "u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8", "u9"]


class _StoredProduct(Settings):
    dependency: _Dependency
    factors: tuple[_Factor, ...] = Field(max_length=10)
    constants: tuple[_Constant, ...] = Field(max_length=10)


class _StoredTrace(Settings):
    impulse: float
    tau: float


class _StoredForm(Settings):
    # For people, and for tools that know Loihi's grammar; the products say the same.
    dw: str = ""
    products: tuple[_StoredProduct, ...] = Field(max_length=100)
    traces: dict[str, _StoredTrace] = Field(max_length=5)


class _StoredPlasticity(Settings):
    version: Literal[1]
    name: str = Field(max_length=200)
    t_epoch: int
    third_factor: bool
    sparse: bool
    fixed: _StoredForm
    float: _StoredForm


def as_text(rule: Rule, *, sparse: bool) -> str:
    """Write a rule as JSON.

    Parameters
    ----------
    rule : Rule
    sparse : bool
        There is no synapse where the weight is 0, and none can grow there.

    Returns
    -------
    str
        ``version``, ``name``, ``t_epoch``, ``third_factor``, ``sparse``, and for each numerics
        ``dw`` in Loihi's grammar, ``products`` (dependency, factors, constants as mantissa and
        exponent) and ``traces`` (impulse, tau).

    Raises
    ------
    ValueError
        A product that is none of Loihi's grammar.
    """
    forms: dict[str, Any] = {
        numerics: {
            "dw": rule.dw(numerics),
            "products": [
                {
                    "dependency": product.dependency,
                    "factors": list(product.factors),
                    "constants": [list(constant) for constant in product.constants],
                }
                for product in rule.products[numerics]
            ],
            "traces": {
                name: {"impulse": trace.impulse, "tau": trace.tau}
                for name, trace in rule.traces[numerics].items()
            },
        }
        for numerics in NUMERICS
    }
    values: dict[str, Any] = {"version": VERSION, "name": rule.name, "t_epoch": rule.t_epoch}
    values |= {"third_factor": rule.third_factor, "sparse": sparse, **forms}
    checked(_StoredPlasticity, values)
    return json.dumps(values)


def with_plasticity(layer: CubaLayer, text: str) -> CubaLayer:
    """Return a layer with the learning rule that :func:`as_text` wrote.

    Raises
    ------
    ValueError
        The text is not one of its; the message names the field.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None
    if not isinstance(values, dict):
        raise ValueError("it is no JSON object")
    if values.get("version") != VERSION:
        raise ValueError(f"version is {values.get('version')!r}; {VERSION} is read")
    stored = checked(_StoredPlasticity, values)
    forms = {"fixed": stored.fixed, "float": stored.float}
    rule = Rule(
        stored.name,
        {
            numerics: tuple(
                Product(
                    product.dependency,
                    product.factors,
                    tuple(ScaleConstant(*constant) for constant in product.constants),
                )
                for product in form.products
            )
            for numerics, form in forms.items()
        },
        {
            numerics: {name: Trace(trace.impulse, trace.tau) for name, trace in form.traces.items()}
            for numerics, form in forms.items()
        },
        stored.t_epoch,
        stored.third_factor,
    )
    return replace(layer, rule=rule, sparse=stored.sparse)
