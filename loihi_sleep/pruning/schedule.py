"""How many weights each layer keeps, and how long it learns, in each cycle of a night."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loihi_sleep.processes import checks


def final_counts(sizes: Sequence[int], kept_share: float) -> list[int]:
    """Weights that each layer keeps in the end; the same however many cycles lead there.

    Parameters
    ----------
    sizes : sequence of int
        Weights of each layer.
    kept_share : float
        Kept share of the weights of all layers together, above 0, up to 1.

    Returns
    -------
    list of int
        Their sum is the share of all weights, rounded; what rounding leaves over goes to the layers
        that lost most by it, of equals to the first.

    Raises
    ------
    ValueError
        A share out of range, or one that leaves a layer without weights.
    """
    share = checks.number("kept_share", kept_share, 0, 1)
    exact = share * np.array(sizes, dtype=float)
    counts = np.floor(exact).astype(int)
    left = round(share * sum(sizes)) - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:left]] += 1
    for layer, (count, size) in enumerate(zip(counts, sizes, strict=True)):
        if count < 1:
            raise ValueError(
                f"kept_share is {kept_share:g}, which leaves none of the {size} weights of layer "
                f"{layer}; it must be at least {1 / size:.2g}"
            )
    return [int(count) for count in counts]


def counts_by_cycle(size: int, final: int, cycles: int) -> list[int]:
    """Weights that a layer keeps after each cycle.

    Each cycle keeps the same share of what is left, ``(final / size) ** (1 / cycles)``, so that
    the last one ends at `final` whatever the number of cycles. The schedule follows from the share
    that is kept: n-th parts of the share that is removed would not end there.

    Parameters
    ----------
    size : int
        Weights of the layer, from 1.
    final : int
        That it keeps in the end, 1 .. size.
    cycles : int
        From 1.

    Returns
    -------
    list of int
        One number a cycle, none larger than that before.

    Raises
    ------
    ValueError
        A number out of range.

    Notes
    -----
    Han, Pool, Tran and Dally, NeurIPS 2015; Frankle and Carbin, "The lottery ticket hypothesis",
    ICLR 2019 (rounds that each remove the same part of what is left).
    """
    size = checks.integer("size", size, 1)
    final = checks.integer("final", final, 1, size)
    cycles = checks.integer("cycles", cycles, 1)
    ratio = final / size
    counts = [max(final, round(size * ratio ** (cycle / cycles))) for cycle in range(1, cycles)]
    return [*counts, final]


def steps_by_cycle(steps: int, cycles: int) -> list[int]:
    """Optimizer steps of each cycle: equal parts of a night, the remainder to the last.

    Parameters
    ----------
    steps : int
        Steps of the night.
    cycles : int
        1 .. steps.

    Raises
    ------
    ValueError
        More cycles than steps.
    """
    steps = checks.integer("steps", steps, 1)
    cycles = checks.integer("cycles", cycles, 1, steps)
    part = steps // cycles
    return [part] * (cycles - 1) + [steps - part * (cycles - 1)]
