"""Dynamics as pure functions: arrays and state in, arrays and state out.

A kernel knows nothing of Lava. ProcessModels and engines call the same kernel, so each equation is
written once and every engine computes the same bits.

Kernels are compiled by numba when their module is imported (from a cache on disk, after the first
time) for the one signature that is written above each: Lava forks a process for every Process, and
what the parent has compiled its children need not.
"""

from pathlib import Path

from loihi_sleep.processes.kernels.freshness import discard_stale_code

discard_stale_code(Path(__file__).parent)
