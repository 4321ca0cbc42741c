"""What a Process keeps in the memory: Vars, parameters, and what integers among them may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.bounds import Bound
from loihi_sleep.engine.domains import Range, domain_of
from loihi_sleep.engine.memory import Message, Region, Storage
from loihi_sleep.engine.variables import KeptVariable, StoredVariable, Variable
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label
from loihi_sleep.processes import checks

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.process.variable import Var

Result = TypeVar("Result")

# Arrays of integers that the compiled code uses as places, counts and divisors.
_INDICES = ("index", "counters")


class StoredParts:
    """Reserves memory for Vars and parameters while Processes are built.

    Parameters
    ----------
    numerics : str
        ``float`` or ``fixed``.

    Attributes
    ----------
    storage : Storage
        The memory: reserve parts of it while a Process is built.
    variables : dict of int to Variable
        By the Var's id.
    ranges : dict of AbstractProcess to dict
        From where to where Vars may be set, by name.
    bounds : list of Bound
        Within which integers that lead the compiled code must be.
    constants : list of tuple of str and Region
        Integers that lead the compiled code and never change, by what they are.
    """

    def __init__(self, numerics: str) -> None:
        self.numerics, self.storage = numerics, Storage(numerics)
        self.variables: dict[int, Variable] = {}
        self.ranges: dict[AbstractProcess, Mapping[str, Range]] = {}
        self.bounds: list[Bound] = []
        self.constants: list[tuple[str, Region]] = []
        self._at_start: list[Callable[[], None]] = []

    @property
    def fixed(self) -> bool:
        """Whether numbers are Loihi's integers."""
        return self.numerics == "fixed"

    @property
    def value_type(self) -> type:
        """Type of potentials, currents and messages."""
        return np.int32 if self.fixed else np.float64

    def store(
        self,
        var: Var,
        array: str,
        initial: Any = None,
        *,
        integer: bool | None = None,
        **settings: Any,
    ) -> StoredVariable:
        """Let a Var be a part of the memory.

        Parameters
        ----------
        var : Var
        array : str
            Which array.
        initial : array_like, optional
            Its first values; by default those that it was made with.
        integer : bool, optional
            New values lose their fraction, as in Lava's integer Vars; by default in fixed and in
            arrays of integers.
        **settings
            Of :class:`~loihi_sleep.engine.variables.StoredVariable`: `by_column`, `refresh`,
            `changed`.

        Raises
        ------
        UnsupportedGraph
            The array, or the Var's range, does not admit the values.
        """
        shape = tuple(var.shape)
        values = np.asarray(var.init if initial is None else initial)
        if values.shape != shape:
            values = np.broadcast_to(values, shape)
        order = values.T.ravel() if settings.get("by_column") else values.ravel()
        try:
            region = self.storage.reserve(array, int(np.prod(shape)), order)
        except ValueError as error:
            raise UnsupportedGraph(f"{label(var.process)}: {var.name}: {error}") from error
        if integer is not None:
            settings["integer"] = integer
        stored = self.expose(var, region, **settings)
        if array in _INDICES:
            try:
                domain_of(var, stored, self.ranges.get(var.process, {})).within(values)
            except ValueError as error:
                raise UnsupportedGraph(str(error)) from error
        return stored

    def store_real(self, var: Var, **settings: Any) -> StoredVariable:
        """Let a Var be a part of `reals`."""
        return self.store(var, "reals", integer=False, **settings)

    def store_count(self, var: Var, **settings: Any) -> StoredVariable:
        """Let a Var be a part of `counters`."""
        return self.store(var, "counters", integer=True, **settings)

    def store_value(self, var: Var, **settings: Any) -> StoredVariable:
        """Let a Var be a part of `values`, in the type that Lava's model gives it."""
        return self.store(var, "values", self.initial(var, self.value_type), **settings)

    def initial(self, var: Var, kind: type) -> NDArray[Any]:
        """Give the first values of a Var the type that Lava's model gives them.

        Raises
        ------
        UnsupportedGraph
            The type, or the Var, does not hold them.
        """
        try:
            return in_lavas_type(var.init, var.shape, kind)
        except (OverflowError, ValueError) as error:
            raise UnsupportedGraph(f"{label(var.process)}: {var.name}: {error}") from error

    def expose(self, var: Var, region: Region, **settings: Any) -> StoredVariable:
        """Let a Var be a part of the memory that is reserved already; `settings` as of `store`."""
        integer = settings.pop("integer", self.fixed)
        stored = StoredVariable(self.storage, region, tuple(var.shape), integer, **settings)
        self.variables[var.id] = stored
        return stored

    def expose_message(self, var: Var, message: Message, *, begins: bool = False) -> None:
        """Let a Var be what a port sends next; `begins`: it sends the first values, too."""
        storage = self.storage

        def send_all() -> None:
            storage.set_cell("counters", message.count, message.values.size)

        def begin() -> None:
            storage.view(message.values)[:] = var.init
            send_all()

        self.expose(var, message.values, changed=send_all)
        if begins:
            self.at_start(begin)

    def keep(self, var: Var, values: Any, apply: Callable[[NDArray[Any]], None]) -> KeptVariable:
        """Keep a Var beside the memory; `apply` is called when the arrays are there, too."""
        kept = KeptVariable(np.asarray(values), apply)
        self.variables[var.id] = kept
        self.at_start(lambda: apply(kept.values))
        return kept

    def mirror(self, kept: KeptVariable) -> Region:
        """Reserve a copy of a Var that is kept beside the memory, for monitors."""
        storage, apply = self.storage, kept.apply
        region = storage.reserve("reals", kept.values.size)

        def apply_and_copy(values: NDArray[Any]) -> None:
            apply(values)
            storage.view(region)[:] = values.ravel()

        kept.apply = apply_and_copy
        self.at_start(lambda: apply_and_copy(kept.values))
        return region

    def parameters(self, array: str, values: Sequence[float]) -> int:
        """Write parameters side by side; return where they begin."""
        return self.storage.reserve(array, len(values), values).start

    def constant_parameters(self, process: AbstractProcess, values: Mapping[str, float]) -> int:
        """Write parameters that are integers in fixed side by side; return where they begin.

        Raises
        ------
        UnsupportedGraph
            A fraction in fixed.
        """
        given = dict(values)
        if self.fixed:
            numbers = or_unsupported(process, lambda: checks.integers(given))
            region = self.storage.reserve("counters", len(given), list(numbers))
        else:
            region = self.storage.reserve("reals", len(given), list(given.values()))
        self.constant("parameters", region)
        return region.start

    def bound(self, what: str, region: Region, low: Any, high: Any) -> None:
        """State within which bounds integers are that lead the compiled code."""
        self.bounds.append(Bound(what, region, low, high))

    def constant(self, what: str, *regions: Region) -> None:
        """State that integers that lead the compiled code never change."""
        self.constants += [(what, region) for region in regions]

    def at_start(self, function: Callable[[], None]) -> None:
        """Call a function when rows and arrays are there."""
        self._at_start.append(function)


def or_unsupported(process: AbstractProcess, compute: Callable[[], Result]) -> Result:
    """Compute something; a ValueError becomes an UnsupportedGraph that names the Process."""
    try:
        return compute()
    except ValueError as error:
        raise UnsupportedGraph(f"{label(process)}: {error}") from error


def in_lavas_type(values: Any, shape: tuple[int, ...], kind: type) -> NDArray[Any]:
    """Give initial values the type that Lava's model gives a Var: fractions are cut off."""
    typed: NDArray[Any] = np.empty(shape, dtype=kind)
    typed[:] = values
    return typed


def scalar(process: AbstractProcess, var: Var, *, integer: bool) -> float:
    """Read a Var that is one number, as in Lava's models.

    Raises
    ------
    UnsupportedGraph
        Several numbers, or a fraction where Lava's model calculates in integers.
    """
    value = np.asarray(var.init)
    if value.size != 1:
        raise UnsupportedGraph(
            f"{label(process)}: {var.name} has {value.size} values; it must be a single number"
        )
    number = value.item()
    if integer and not float(number).is_integer():
        raise UnsupportedGraph(
            f"{label(process)}: {var.name} is {number}; it must be an integer in fixed numerics"
        )
    return int(number) if integer else float(number)
