"""From a configuration to a finished run folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from loihi_sleep.complaints import shortened
from loihi_sleep.configuration import (
    SEEDS_MAX,
    ExperimentConfig,
    load,
    name_settings,
    with_settings,
)
from loihi_sleep.datasets.folder import find_data_folder
from loihi_sleep.errors import BadParameter, EngineUnavailable
from loihi_sleep.experiments import registry
from loihi_sleep.experiments.case_results import Metrics
from loihi_sleep.experiments.finished_run import FinishedRun
from loihi_sleep.experiments.recorded import (
    check_executor,
    finished_record,
    run_study,
    settings_of_groups,
)
from loihi_sleep.loihi2 import refusals
from loihi_sleep.processes import checks
from loihi_sleep.progress import Progress
from loihi_sleep.results.metrics import read_metrics
from loihi_sleep.results.report import Report, write_report
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.run.executors.executor import Executor
from loihi_sleep.run.select import select

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig


def configure(
    name: str,
    *,
    preset: str | None = None,
    engine: str | None = None,
    numerics: str | None = None,
    seeds: Sequence[int] | None = None,
    data_dir: Path | None = None,
    settings: Sequence[str] = (),
    values: Mapping[str, Any] | None = None,
) -> tuple[registry.Experiment, ExperimentConfig]:
    """Make the configuration of a run.

    Parameters
    ----------
    name : str
        Experiment.
    preset : str, optional
        ``quick``, ``paper`` or another of the experiment's; if left out ``quick``, or the first
        where there is none of that name.
    engine : str, optional
        See :func:`loihi_sleep.run.select.select`; ``auto`` if left out.
    numerics : str, optional
        Likewise; the experiment's own if left out.
    seeds : sequence of int, optional
        Instead of the preset's; at most 1,000.
    data_dir : Path, optional
        Folder that holds the data set, of experiments that read one: ``data.folder``.
    settings : sequence of str
        ``key.key=value``; they come last.
    values : mapping, optional
        A configuration, or part of one, such as ``config.yaml`` of a run holds; it comes after the
        preset and before all else.

    Raises
    ------
    ValueError
        Anything unknown or out of range; the message names it.
    EngineUnavailable
        The engine is not here, or not for this experiment.
    """
    experiment = registry.by_name(name)
    given = dict(values or {})
    if given.get("experiment", name) != name:
        raise ValueError(f"experiment is {shortened(given['experiment'])}; {name!r} is to be run")
    preset = given.get("preset") if preset is None else preset
    if preset is None:
        preset = "quick" if "quick" in experiment.presets else next(iter(experiment.presets))
    checks.one_of("preset", preset, tuple(experiment.presets))
    if engine is not None or "engine" not in given:
        select(engine or "auto", numerics or "fixed")
    chosen: dict[str, Any] = {"engine": "auto"}
    chosen |= experiment.presets[preset]
    chosen |= given
    chosen["preset"] = preset
    if engine is not None:
        chosen["engine"] = engine
    if numerics is not None:
        chosen["numerics"] = numerics
    if seeds is not None:
        chosen["seeds"] = _checked_seeds(seeds)
    _check_names(settings, {"engine": engine, "numerics": numerics, "seeds": seeds})
    config = load(experiment.config, with_settings(chosen, settings))
    if data_dir is not None:
        config = _reading_from(data_dir, config)
    folder = getattr(getattr(config, "data", None), "folder", None)
    if folder is not None:
        with name_settings("data"):
            find_data_folder(folder)
    return experiment, _with_engine(experiment, config)


def _check_names(settings: Sequence[str], options: Mapping[str, object]) -> None:
    """Refuse what is no setting, and what an option says already."""
    for setting in settings:
        name = setting.partition("=")[0].partition(".")[0]
        if options.get(name) is not None:
            raise ValueError(
                f"--set {shortened(setting)} and --{name} are both there; leave one of them out"
            )
        if name in ("experiment", "preset"):
            raise ValueError(f"--set {shortened(setting)}: {name} is no setting, it chooses them")


def _checked_seeds(seeds: Sequence[int]) -> list[int]:
    if not 1 <= len(seeds) <= SEEDS_MAX:
        raise BadParameter("seeds", f"are {len(seeds)}; there must be 1 to {SEEDS_MAX:,}")
    return list(seeds)


def _reading_from(data_dir: Path, config: ExperimentConfig) -> ExperimentConfig:
    """Let a configuration read its data set from a folder.

    Raises
    ------
    BadParameter
        It reads none, or the folder is not there.
    """
    unused = config.folder_unused
    if unused is not None:
        raise BadParameter("data_dir", f"is {data_dir}; {unused}: leave it out")
    if not data_dir.is_dir():
        raise BadParameter("data_dir", f"is {data_dir}, which is not a folder that exists")
    values = config.model_dump(mode="json")
    if values["data"]["folder"] not in (None, str(data_dir)):
        raise BadParameter(
            "data_dir", f"is {data_dir} and data.folder is {values['data']['folder']}; name one"
        )
    values["data"]["folder"] = str(data_dir)
    return load(type(config), values)


def _with_engine(experiment: registry.Experiment, config: ExperimentConfig) -> ExperimentConfig:
    """Let ``auto`` take the chip only for a network that can be deployed.

    Raises
    ------
    EngineUnavailable
        The engine is not here (a setting may have named another), or the chip was asked for and
        part of the network would stay on the host.
    """
    if select_engine(experiment, config).engine != "loihi2":
        return config
    # What no chip runs at all may have no network to check.
    reasons = experiment.host_only(config) or refusals(experiment.network(config))
    if not reasons:
        return config
    if config.engine == "auto":
        return config.model_copy(update={"engine": "compiled"})
    raise EngineUnavailable(f"engine 'loihi2' cannot run {experiment.name}: {'; '.join(reasons)}")


def select_engine(experiment: registry.Experiment, config: ExperimentConfig) -> RunConfig:
    """Select what runs the networks of a run.

    Returns
    -------
    RunConfig
        That the experiment is given; metrics.json says what it is.

    Raises
    ------
    EngineUnavailable
        The engine is not here, or cannot do what is asked for.
    """
    run_cfg = select(config.engine, config.numerics, experiment.rounding(config))
    if run_cfg.engine == "lava" and (reasons := experiment.compiled_only(config)):
        raise EngineUnavailable(f"engine 'lava' cannot run {experiment.name}: {'; '.join(reasons)}")
    return run_cfg


def begin(config: ExperimentConfig, out: Path) -> RunFolder:
    """Make the folder of a new run.

    Raises
    ------
    ValueError
        The folder exists or cannot be made.

    See Also
    --------
    loihi_sleep.experiments.new_run.new_run : Removes the folder of a run of which nothing was done.
    """
    return RunFolder.create(out, config.model_dump(mode="json"))


def reopen(path: Path) -> tuple[registry.Experiment, ExperimentConfig, RunFolder]:
    """Open the folder of a run that was interrupted.

    Raises
    ------
    ValueError
        The folder is no run folder, or its configuration is damaged.
    """
    folder = RunFolder.open(path)
    return *read_configuration(folder), folder


def read_configuration(folder: RunFolder) -> tuple[registry.Experiment, ExperimentConfig]:
    """Read what a run was asked for.

    Raises
    ------
    ValueError
        The file is damaged.
    """
    values = folder.config()
    experiment = registry.by_name(values.get("experiment", ""))
    return experiment, load(experiment.config, values)


def rebuild_report(path: Path) -> tuple[dict[str, Any], Report]:
    """Draw the figures and the report of a finished run anew.

    Raises
    ------
    ValueError
        The folder holds no finished run, or what its checkpoint holds is damaged or was made with
        other settings.
    """
    experiment, config, folder = reopen(path)
    record = read_metrics(folder.metrics_path)
    folder.checkpoint.settings = settings_of_groups(config, record.get("engine", config.engine))
    folder.checkpoint.verify()
    return record, _report(experiment, FinishedRun(config, record, folder))


def complete(
    experiment: registry.Experiment,
    config: ExperimentConfig,
    folder: RunFolder,
    progress: Progress,
    executor: Executor | None = None,
) -> tuple[dict[str, Any], Report]:
    """Run what the folder's checkpoint does not hold yet, then write metrics and report.

    Of a run that is finished nothing is changed.

    Parameters
    ----------
    experiment : Experiment
    config : ExperimentConfig
    folder : RunFolder
    progress : Progress
    executor : Executor, optional
        What runs the cases; if left out threads, on all cores. It changes no number.

    Returns
    -------
    dict, Report
        Content of metrics.json, and what the report shows. ``wall_s`` is the time of all sessions
        of an interrupted run, without what a session had computed and not kept when it was ended.

    Raises
    ------
    RunFailed
        A simulation failed, or a file cannot be written; the folder can be resumed.
    ValueError
        What the checkpoint holds is damaged or was made with other settings, or another process
        runs in the folder.
    """
    run_cfg = _prepare(experiment, config, folder, executor)
    record = finished_record(config, folder.metrics_path)
    if record is not None and folder.report_path.exists():
        with TemporaryDirectory() as place:
            elsewhere = folder.with_figures_in(Path(place))
            return record, experiment.report(FinishedRun(config, record, elsewhere))
    with folder.in_use():
        folder.checkpoint.verify()
        if record is None:
            # Of a run to which seeds were added.
            folder.report_path.unlink(missing_ok=True)
            record = run_study(
                experiment.study(config),
                config,
                run_cfg,
                folder,
                folder.metrics_path,
                progress,
                executor,
            )
        return record, _report(experiment, FinishedRun(config, record, folder))


def measure(
    experiment: registry.Experiment,
    config: ExperimentConfig,
    folder: RunFolder,
    progress: Progress,
    executor: Executor | None = None,
    *,
    on_validation: bool,
    check: Callable[[Metrics], object] | None = None,
) -> dict[str, Any]:
    """Compute metrics of a run that the folder does not hold yet, without a report.

    Parameters
    ----------
    experiment : Experiment
    config : ExperimentConfig
    folder : RunFolder
    progress : Progress
    executor : Executor, optional
        As of :func:`complete`.
    on_validation : bool
        Whether only what the experiment measures on validation samples is computed, into
        validation.json; :func:`complete` does all else later. Otherwise metrics.json is written.
    check : callable, optional
        As of :meth:`loihi_sleep.experiments.study.Study.run`.

    Returns
    -------
    dict
        Content of validation.json or metrics.json.

    Raises
    ------
    RunFailed, ValueError
        As of :func:`complete`.
    """
    run_cfg = _prepare(experiment, config, folder, executor)
    path = folder.validation_path if on_validation else folder.metrics_path
    record = finished_record(config, path)
    if record is not None:
        return record
    if on_validation:
        assert experiment.validation is not None
        study = experiment.validation(config)
    else:
        study = experiment.study(config)
    with folder.in_use():
        folder.checkpoint.verify()
        return run_study(study, config, run_cfg, folder, path, progress, executor, check)


def _prepare(
    experiment: registry.Experiment,
    config: ExperimentConfig,
    folder: RunFolder,
    executor: Executor | None,
) -> RunConfig:
    """Select the engine, and let the checkpoint know what its groups are made with."""
    run_cfg = select_engine(experiment, config)
    check_executor(executor, run_cfg.engine)
    folder.checkpoint.settings = settings_of_groups(config, run_cfg.engine)
    return run_cfg


def _report(experiment: registry.Experiment, run: FinishedRun[Any]) -> Report:
    report = experiment.report(run)
    config_text = run.folder.config_path.read_text(encoding="utf-8")
    write_report(run.folder.report_path, report, run.record, config_text)
    return report
