"""Forms of Sleep Replay Consolidation: what a trained network and a memory become for a night."""

from __future__ import annotations

import functools
import operator
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.errors import ExtensionFailed
from loihi_sleep.numerics.names import Rounding
from loihi_sleep.processes import checks
from loihi_sleep.registry import Registry
from loihi_sleep.settings import Settings
from loihi_sleep.sleep.drives import Drive
from loihi_sleep.sleep.night import Night
from loihi_sleep.sleep.sleeper import Sleeper

NIGHTS_MAX = 2**31 - 1


class LayeredSleeper(Sleeper, Protocol):
    """A sleeper of layers, whose weights are known before the night."""

    @property
    def weights(self) -> Sequence[NDArray[np.float64]]:
        """Weights of each layer, shape (post, pre), in weight units."""


@dataclass(frozen=True)
class PreparedNight:
    """A network before sleep, and the night that it will have.

    Parameters
    ----------
    network : LayeredSleeper
        Its weights in weight units.
    drive : Drive
        What will be replayed.
    steps : int
        Time steps of the night.
    unit : tuple of float
        Real weight of one weight unit, by layer.
    """

    network: LayeredSleeper
    drive: Drive
    steps: int
    unit: tuple[float, ...]

    def night(self, seed: int) -> Night:
        """Return the night, with a seed for its drive and its rounding.

        Parameters
        ----------
        seed : int
            0 .. 2**63 - 1.

        Returns
        -------
        Night

        Raises
        ------
        ValueError
            A seed or steps out of range.
        """
        return Night(steps=self.steps, drive=self.drive, seed=seed)

    def real_weights(self, units: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
        """Return real weights for weights in weight units, layer by layer.

        Parameters
        ----------
        units : sequence of ndarray, shape (post, pre) each
            One a layer, in weight units.

        Returns
        -------
        list of ndarray, shape (post, pre) each
        """
        return [matrix * unit for matrix, unit in zip(units, self.unit, strict=True)]


class SleepForm(Settings):
    """Settings of a form of sleep; each form is a subclass.

    A subclass says what drives the night (:meth:`drive`) and what network sleeps
    (:meth:`network`). It gives `form` a ``Literal`` of its own, by which a configuration names it,
    and is registered in :data:`FORMS`.
    """

    form: str = Field("", description="form of sleep")
    steps: int = Field(550, ge=1, le=10_000_000, description="time steps of the first night")
    more_steps: int = Field(
        0, ge=0, le=10_000_000, description="by which each further night is longer"
    )
    rounding: Rounding = Field("per_synapse", description="of weights, in the simulator")

    @abstractmethod
    def drive(self, memory: Memory, plane: tuple[int, int] | None) -> Drive:
        """Return what is replayed.

        Parameters
        ----------
        memory : Memory
        plane : tuple of int, optional
            (rows, columns) of an input.

        Returns
        -------
        Drive

        Raises
        ------
        ValueError
            A memory of which no drive can be made.
        """

    @abstractmethod
    def network(
        self,
        weights: Sequence[NDArray[np.float64]],
        maxima: NDArray[np.float64],
        *,
        numerics: str,
    ) -> tuple[LayeredSleeper, tuple[float, ...]]:
        """Make the sleeping network of a trained one.

        Parameters
        ----------
        weights : sequence of ndarray, shape (post, pre) each
            Real weights.
        maxima : ndarray, shape (layers,)
            Largest activation of each layer.
        numerics : str
            ``fixed``: weights are rounded to what a synapse stores; ``float``: they are kept.

        Returns
        -------
        LayeredSleeper, tuple of float
            And the real weight of one weight unit, by layer.

        Raises
        ------
        ValueError
            Weights or maxima that do not fit each other, or numerics that the form does not have.
        """

    def values_by_layer(self) -> dict[str, tuple[float, ...]]:
        """Return the settings that have a value for each layer, by name.

        Returns
        -------
        dict of str to tuple of float
            Empty where there are none.
        """
        return {}

    def check_plane(self, plane: tuple[int, int]) -> None:
        """Refuse inputs that this form cannot replay.

        Parameters
        ----------
        plane : tuple of int
            (rows, columns) of an input.

        Raises
        ------
        ValueError
            They are too small.
        """

    def steps_of(self, night: int) -> int:
        """Return how long a night is.

        Parameters
        ----------
        night : int
            How many nights were before.

        Returns
        -------
        int
            Time steps.
        """
        return self.steps + night * self.more_steps

    def prepare(
        self,
        weights: Sequence[NDArray[np.float64]],
        memory: Memory,
        night: int,
        *,
        numerics: str,
        plane: tuple[int, int] | None = None,
    ) -> PreparedNight:
        """Prepare the night of a trained network.

        Parameters
        ----------
        weights : sequence of ndarray, shape (post, pre) each
            Real weights.
        memory : Memory
        night : int
            How many nights were before.
        numerics : str
            ``fixed`` or ``float``, see :meth:`network`.
        plane : tuple of int, optional
            (rows, columns) of an input; needed with a window.

        Returns
        -------
        PreparedNight

        Raises
        ------
        ValueError
            A memory of no samples, of samples that are 0 everywhere, or whose mean is negative;
            what :meth:`network` refuses.
        """
        checks.instance("memory", memory, Memory, "a Memory")
        checks.integer("night", night, 0, NIGHTS_MAX)
        drive = self.drive(memory, plane)
        network, unit = self.network(weights, memory.maxima, numerics=numerics)
        return PreparedNight(network, drive, self.steps_of(night), unit)


FORMS: Registry[type[SleepForm]] = Registry(
    "form of sleep",
    "sleep_forms",
    {
        "chip": "loihi_sleep.consolidation.chip:ChipSleep",
        "released": "loihi_sleep.consolidation.released:ReleasedSleep",
    },
    type,
)
"""Forms by the name that their `form` has; other packages add theirs by entry points."""


def form_field(**options: Any) -> Any:
    """Return the type of a configuration's field that holds any form, chosen by its `form`.

    The forms are those that are registered when the configuration is defined. One that cannot be
    imported is left out: it is no form of a run that does not ask for it.
    """
    forms = []
    for name in FORMS.names():
        with suppress(ExtensionFailed):
            forms.append(FORMS[name])
    kinds = functools.reduce(operator.or_, forms)
    return Annotated[kinds, Field(discriminator="form", **options)]


def defaults_of_form(chosen: object, defaults: dict[str, Any]) -> dict[str, Any]:
    """Return the settings over which those that a user chooses are laid.

    Parameters
    ----------
    chosen : object
        What the user says of sleep, such as ``{"form": "released"}``; checked elsewhere.
    defaults : dict
        Settings of the form that it is without a choice.

    Returns
    -------
    dict
        `defaults`, or those of another form where that is chosen.
    """
    form = chosen.get("form") if isinstance(chosen, dict) else None
    if not isinstance(form, str) or form == defaults.get("form") or form not in FORMS:
        return defaults
    return FORMS[form]().model_dump(mode="json")


def check_window(window: int, plane: tuple[int, int]) -> None:
    """Refuse a moving window that is larger than the inputs.

    Raises
    ------
    ValueError
    """
    if window > min(plane):
        raise ValueError(
            f"window is {window}; it must be at most {min(plane)}, as inputs have "
            f"{plane[0]} x {plane[1]} values"
        )


def spread_over_layers(values: float | Sequence[float], layers: int) -> tuple[float, ...]:
    """Spread values over the layers of a network.

    One value stands for all layers. Of several, the last is the output's and the one before it also
    stands for hidden layers that have none of their own.
    """
    if isinstance(values, int | float):
        return (values,) * layers
    *hidden, last = values
    hidden = hidden or [last]
    return (*(hidden + [hidden[-1]] * layers)[: layers - 1], last)


def check_lengths(values: Mapping[str, Sequence[float]], layers: int) -> None:
    """Refuse values by layer that are not as many as there are layers.

    Parameters
    ----------
    values : mapping of str to sequence of float
        By the name that the message is to use.
    layers : int
        Layers of the network that sleeps, the input not counted.

    Raises
    ------
    ValueError
    """
    for name, given in values.items():
        if len(given) != layers:
            raise ValueError(f"{name} has {len(given)} values; it must have {layers}, one a layer")
