"""Folders of runs that were never run, for tests of what is made of runs."""

from loihi_sleep.results.metrics import summarize, write_metrics
from loihi_sleep.results.run_folder import RunFolder


def make_run(path, metrics, seeds=(0, 1), **changes):
    """Make the folder of a finished run.

    `metrics` are values by name, one a seed; `changes` are settings, or None to leave the run
    unfinished.
    """
    values = {"experiment": "digits", "preset": "quick", "engine": "auto", "seeds": list(seeds)}
    values |= {"sleep": {"steps": 550}} | changes
    folder = RunFolder.create(path, values)
    if metrics is not None:
        record = {
            "experiment": values["experiment"],
            "preset": values["preset"],
            "engine": "compiled",
            "engine_reason": "asked for",
            "numerics": "fixed",
            "seeds": list(seeds),
            "config_hash": "0" * 16,
            "version": "0",
            "wall_s": 3.2,
            "peak_memory_mib": 100,
            "date": "2026-11-29T10:00:00Z",
            "metrics": {name: summarize(v, "fraction") for name, v in metrics.items()},
        }
        write_metrics(folder.metrics_path, record)
    return folder
