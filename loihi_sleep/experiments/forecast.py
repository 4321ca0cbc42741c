"""What a run would do and take, before it is begun."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loihi_sleep.configuration import ExperimentConfig
from loihi_sleep.experiments import registry
from loihi_sleep.results.runs import Run, find_runs


@dataclass(frozen=True)
class Forecast:
    """What a run would do.

    Parameters
    ----------
    cases : tuple of (str, int)
        Condition and seed of each case, in order.
    engine, reason : str
        What would run the networks, and why.
    like : Path or None
        The run that time and memory are taken from; None where there is none of the kind.
    same_settings : bool
        Whether that run had the same settings, but for seeds.
    seconds : float or None
        About how long it would take.
    memory_mib : int or None
        About how much memory it would take.
    """

    cases: tuple[tuple[str, int], ...]
    engine: str
    reason: str
    like: Path | None = None
    same_settings: bool = False
    seconds: float | None = None
    memory_mib: int | None = None

    def as_record(self) -> dict[str, Any]:
        """Return it as values that JSON has."""
        return {
            "cases": [{"condition": condition, "seed": seed} for condition, seed in self.cases],
            "engine": self.engine,
            "engine_reason": self.reason,
            "like": None if self.like is None else str(self.like),
            "same_settings": self.same_settings,
            "seconds": self.seconds,
            "memory_mib": self.memory_mib,
        }

    def text(self) -> str:
        """Say it in a few lines."""
        by_condition: dict[str, list[int]] = {}
        for condition, seed in self.cases:
            by_condition.setdefault(condition, []).append(seed)
        lines = [f"{len(self.cases)} cases on {self.engine} ({self.reason})"]
        lines += [
            f"  {condition}: seed{'s' if len(seeds) > 1 else ''} {_short(seeds)}"
            for condition, seeds in by_condition.items()
        ]
        if self.like is None:
            lines.append("time and memory: not known, no run of the kind is here")
        else:
            memory = "" if self.memory_mib is None else f" and {self.memory_mib} MiB"
            settings = "the same" if self.same_settings else "other"
            lines.append(
                f"about {self.seconds:.0f} s{memory}, as {self.like} took with {settings} settings"
            )
        return "\n".join(lines)


def forecast(
    experiment: registry.Experiment,
    config: ExperimentConfig,
    engine: str,
    reason: str,
    places: Iterable[Path],
) -> Forecast:
    """Say what a run would do, and what it would take by the last run of the kind.

    Parameters
    ----------
    experiment : Experiment
    config : ExperimentConfig
    engine, reason : str
        As of the run configuration.
    places : iterable of Path
        Folders that hold runs.

    Returns
    -------
    Forecast
        Time in proportion to the number of seeds.
    """
    cases = tuple(experiment.study(config).cases())
    finished = [run for place in places for run in find_runs(place) if run.record is not None]
    of_kind = [
        run
        for run in finished
        if run.record is not None
        and run.record["experiment"] == experiment.name
        and run.record["engine"] == engine
    ]
    same = [run for run in of_kind if _same_settings(run, config)]
    chosen = same or [run for run in of_kind if run.values.get("preset") == config.preset]
    if not chosen:
        return Forecast(cases, engine, reason)
    last = max(chosen, key=lambda run: run.changed)
    assert last.record is not None
    seconds = last.record["wall_s"] * len(config.seeds) / len(last.record["seeds"])
    memory = last.record.get("peak_memory_mib")
    return Forecast(cases, engine, reason, last.path, bool(same), round(seconds, 1), memory)


def _same_settings(run: Run, config: ExperimentConfig) -> bool:
    """Tell whether all settings are the same, but for the seeds and what chose the engine."""
    free = ("seeds", "engine", "preset")
    mine = {key: value for key, value in config.model_dump(mode="json").items() if key not in free}
    return {key: value for key, value in run.values.items() if key not in free} == mine


def _short(seeds: list[int]) -> str:
    """Write seeds as the command line takes them: 0-4,7."""
    parts: list[list[int]] = []
    for seed in sorted(seeds):
        if parts and seed == parts[-1][-1] + 1:
            parts[-1].append(seed)
        else:
            parts.append([seed])
    return ",".join(str(p[0]) if len(p) == 1 else f"{p[0]}-{p[-1]}" for p in parts)
