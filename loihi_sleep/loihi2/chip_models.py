"""ProcessModels of the chip: none of its Processes may fall back on a model of the host.

``Loihi2HwCfg`` takes a Python model where it finds no other, without a word, and where models have
tags it may prefer it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from loihi_sleep.errors import EngineUnavailable
from loihi_sleep.fit.placement import label

if TYPE_CHECKING:
    from lava.magma.core.model.model import AbstractProcessModel
    from lava.magma.core.process.process import AbstractProcess


def chip_models(
    processes: Iterable[AbstractProcess], tag: str
) -> dict[type[AbstractProcess], type[AbstractProcessModel]]:
    """Choose a model that is no Python model for each kind of Process.

    Parameters
    ----------
    processes : iterable of AbstractProcess
        Those of the chip, and adapters.
    tag : str
        Preferred where several models are left.

    Returns
    -------
    dict of type to type
        For ``exception_proc_model_map`` of ``Loihi2HwCfg``.

    Raises
    ------
    EngineUnavailable
        Kinds of Process that have models for the host only; the message names them.
    """
    from lava.magma.compiler.compiler_graphs import ProcGroupDiGraphs
    from lava.magma.core.model.py.model import AbstractPyProcessModel
    from lava.magma.core.model.sub.model import AbstractSubProcessModel

    of_the_host = (AbstractPyProcessModel, AbstractSubProcessModel)
    chosen, missing = {}, {}
    for process in processes:
        kind = type(process)
        if kind in chosen or kind in missing:
            continue
        models = [
            model
            for model in ProcGroupDiGraphs._find_proc_models(process)
            if not issubclass(model, of_the_host)
        ]
        if models:
            chosen[kind] = next((model for model in models if tag in model.tags), models[0])
        else:
            missing[kind] = label(process)
    if missing:
        raise EngineUnavailable(
            f"Intel's hardware extension, as installed here, has no model for the chip of "
            f"{', '.join(missing.values())}; they would run on the host"
        )
    return chosen
