"""What a hierarchical Process is made of, as far as a chip is concerned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loihi_sleep.fit.placement import is_place_known

if TYPE_CHECKING:
    from lava.magma.core.model.sub.model import AbstractSubProcessModel
    from lava.magma.core.process.process import AbstractProcess


def unfold(process: AbstractProcess) -> list[AbstractProcess]:
    """Return the Processes that a Process runs by.

    Those of a hierarchical one are built and connected, unless it has been compiled; whoever calls
    this undoes that: see :func:`loihi_sleep.graphs.hierarchy.restored`. A Process of which it is
    known where it runs stays whole.

    Parameters
    ----------
    process : AbstractProcess

    Returns
    -------
    list of AbstractProcess
        The Process itself where it is not hierarchical.

    Raises
    ------
    UnsupportedGraph
        The parts of a hierarchical Process cannot be built.
    """
    from loihi_sleep.graphs.hierarchy import take_apart

    if is_place_known(process):
        return [process]
    parts = list(process.procs.members)
    if not parts:
        model = _hierarchical_model(process)
        parts = [] if model is None else take_apart(process, model)
    return [inner for part in parts for inner in unfold(part)] or [process]


def _hierarchical_model(process: AbstractProcess) -> type[AbstractSubProcessModel] | None:
    """Return the SubProcessModel that a Process runs by, in fixed if there is one for that."""
    from lava.magma.compiler.exceptions import NoProcessModelFound
    from lava.magma.core.model.sub.model import AbstractSubProcessModel

    from loihi_sleep.graphs.hierarchy import choose_model, models_of
    from loihi_sleep.graphs.model_choice import SimulatorRunConfig

    try:
        models = models_of(process)
    except NoProcessModelFound:
        return None
    hierarchical = [model for model in models if issubclass(model, AbstractSubProcessModel)]
    if len(hierarchical) < len(models):
        return None  # it has a model of its own
    for numerics in ("fixed", "float"):
        try:
            return choose_model(process, SimulatorRunConfig(numerics))
        except (AssertionError, NotImplementedError, NoProcessModelFound):
            continue
    return hierarchical[0] if hierarchical else None
