"""Running a study, and the record of it: what metrics.json holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loihi_sleep import __version__
from loihi_sleep.configuration import ExperimentConfig
from loihi_sleep.errors import EngineUnavailable
from loihi_sleep.experiments.case_results import Metrics
from loihi_sleep.experiments.study import Study
from loihi_sleep.host import peak_memory_mib, processor_name
from loihi_sleep.progress import Progress
from loihi_sleep.results import origin
from loihi_sleep.results.metrics import read_metrics, write_metrics
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.run.executors.executor import Executor

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig


def run_study(
    study: Study[Any, Any],
    config: ExperimentConfig,
    run_cfg: RunConfig,
    folder: RunFolder,
    path: Path,
    progress: Progress,
    executor: Executor | None,
    check: Callable[[Metrics], object] | None = None,
) -> dict[str, Any]:
    """Run what the folder's checkpoint does not hold yet, and write the record.

    Parameters
    ----------
    study : Study
    config : ExperimentConfig
        As the folder has it; that of the study may be another form of it.
    run_cfg : RunConfig
        What runs the networks.
    folder : RunFolder
    path : Path
        The file for the record: metrics.json of the folder, or validation.json.
    progress : Progress
    executor : Executor or None
    check : callable, optional
        As of :meth:`loihi_sleep.experiments.study.Study.run`.

    Returns
    -------
    dict
        What the file holds.
    """
    folder.log(
        "started",
        engine=run_cfg.engine,
        reason=run_cfg.reason,
        date=origin.now(),
        host=origin.host_name(),
        command=origin.command_line(),
    )
    metrics = study.run(run_cfg, folder, progress, executor, check)
    record = {
        "experiment": config.experiment,
        "preset": config.preset,
        "engine": run_cfg.engine,
        "engine_reason": run_cfg.reason,
        "numerics": run_cfg.numerics,
        # The chip's learning engine has its own.
        "rounding": getattr(run_cfg, "rounding", None),
        "seeds": list(config.seeds),
        "config_hash": config.digest(),
        "version": __version__,
        "wall_s": round(folder.checkpoint.run_seconds, 1),
        "peak_memory_mib": round(peak_memory_mib()),
        "processor": _processors(folder),
        **_origin(folder),
        "metrics": metrics,
    }
    write_metrics(path, record)
    record = read_metrics(path)
    folder.log("finished", wall_s=record["wall_s"])
    return record


def finished_record(config: ExperimentConfig, path: Path) -> dict[str, Any] | None:
    """Read the record of this configuration; None where it is not there or damaged."""
    if not path.exists():
        return None
    try:
        record = read_metrics(path)
    except ValueError:
        return None
    return record if record.get("config_hash") == config.digest() else None


def settings_of_groups(config: ExperimentConfig, engine: str) -> dict[str, Any]:
    """Return what groups of the checkpoint are made with: ``auto`` may be another engine later."""
    return {**config.model_dump(mode="json"), "engine": engine}


def check_executor(executor: Executor | None, engine: str) -> None:
    """Refuse to run side by side what has to be watched case by case.

    Raises
    ------
    EngineUnavailable
    """
    if executor is None or engine == "compiled":
        return
    if executor.elsewhere or executor.workers > 1:
        raise EngineUnavailable(
            f"engine {engine!r} runs case by case, in this process: leave out --executor and "
            "--workers, or take engine 'compiled'"
        )


def _origin(folder: RunFolder) -> dict[str, Any]:
    """Say when, where and by what a run was made, of all sessions of it."""
    began = [str(event.get("date", ""))[:100] for event in folder.events("started")]
    return {
        "began": began[0] if began else "",
        "date": origin.now(),
        "sessions": max(1, len(began)),
        "commit": origin.commit_of_code(),
        "versions": origin.package_versions(),
        "host": origin.host_name(),
        "command": origin.command_line(),
    }


def _processors(folder: RunFolder) -> str:
    """Name the processors that computed cases, those of other processes first."""
    elsewhere = [str(event.get("processor", "")) for event in folder.events("case")]
    names = dict.fromkeys([*sorted(filter(None, elsewhere)), processor_name()])
    return " and ".join(names)[:1000]
