"""Giving a network to the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.run_configs import RunConfig


def attach(
    process: AbstractProcess,
    numerics: str = "fixed",
    rounding: str = "per_layer",
    *,
    run_cfg: RunConfig | None = None,
) -> None:
    """Let a network run on the compiled engine instead of Lava's simulator.

    All Processes that are connected to the given one are read and compiled. From then on their
    ``run``, ``pause``, ``wait`` and ``stop``, and ``get`` and ``set`` of their Vars, work as in
    Lava; Vars may be read and set before the first step as well.

    Parameters
    ----------
    process : AbstractProcess
        Any Process of the network.
    numerics : str
        ``fixed``: Loihi's integers, bit for bit as Lava's ``fixed_pt`` models; ``float``: as its
        ``floating_pt`` models.
    rounding : str
        Of plastic synapses: ``per_layer`` as in Lava's models, ``per_synapse`` as in ours.
    run_cfg : RunConfig, optional
        Chooses the models instead of `numerics` and `rounding`, e.g. one of Lava's with an
        ``exception_proc_model_map``. Its ``select_tag`` says the numerics.

    Raises
    ------
    UnsupportedGraph
        The engine, or Lava itself, cannot run the network; the message names the Process.
    ValueError
        Unknown numerics or rounding, or a run_cfg whose tag names no numerics.
    """
    from loihi_sleep.engine.compiler import compile_graph
    from loihi_sleep.engine.counting import count_if_asked
    from loihi_sleep.engine.graph import read_graph
    from loihi_sleep.engine.runtime import CompiledRuntime
    from loihi_sleep.model_choice import TAGS, SimulatorRunConfig

    if run_cfg is None:
        run_cfg = SimulatorRunConfig(numerics, rounding)
    chosen = {tag: name for name, tag in TAGS.items()}.get(
        str(getattr(run_cfg, "select_tag", None))
    )
    if chosen is None:
        raise ValueError(
            f"run_cfg selects models by the tag {getattr(run_cfg, 'select_tag', None)!r}; it must "
            f"be one of {', '.join(TAGS.values())}"
        )
    graph = read_graph(process, run_cfg)
    runtime = CompiledRuntime(compile_graph(graph, chosen))
    count_if_asked(runtime)
    for member in graph.members:
        member.runtime = runtime
