"""Runs that are interrupted at some point, as by a user who presses Ctrl-C."""

import shutil

import h5py

from loihi_sleep.experiments import runner
from loihi_sleep.progress import Silent


class Interrupting(Silent):
    """Interrupts when more than so many steps of work are reported."""

    def __init__(self, after):
        self.left = after

    def advance(self, steps, note=""):
        self.left -= steps
        if self.left < 0:
            raise KeyboardInterrupt


def copy_without(run, out, groups):
    """Copy the folder of a finished run as if it had been interrupted before `groups` were done.

    Both are paths of folders; `groups` are names in its checkpoint. Resuming the copy takes as long
    as these groups do, not as long as the run.
    """
    shutil.copytree(run, out, ignore=shutil.ignore_patterns("figures", "metrics.json", "*.html"))
    with h5py.File(out / "checkpoint.h5", "r+") as file:
        for group in groups:
            del file[group]
    return out


def resume(run):
    """Go on with the run of a folder, without drawing its figures; returns what metrics.json holds.

    The figures of each experiment have a test of their own, and take seconds.
    """
    experiment, config, folder = runner.reopen(run)
    return runner.measure(experiment, config, folder, Silent(), on_validation=False)
