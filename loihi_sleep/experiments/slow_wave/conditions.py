"""Conditions of `slow-wave`: what a network does between images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from loihi_sleep.experiments.slow_wave.scaling import Scaling
from loihi_sleep.networks.dictionary import LITERAL

ConditionName = Literal[
    "no_sleep", "sleep", "gray", "held", "held_below", "below", "white", "pink", "uniform",
    "salt_and_pepper", "constant", "ratio_1_4", "ratio_1_1", "ratio_4_1", "gray_matched", "renorm",
    "decay", "literal_no_sleep", "literal",
]  # fmt: skip


@dataclass(frozen=True)
class BetweenImages:
    """What a network does between images.

    Parameters
    ----------
    text : str
        Name for titles.
    noise : str, optional
        Kind of the noise, see :func:`loihi_sleep.processes.kernels.noise.deviates`; None: gray
        frames.
    hold : {'short', 'step', 'frame'}
        Noise is held as the configuration says, drawn in every step, or held for a frame.
    below : bool
        The mean of the noise lies one standard deviation below gray.
    wave : bool
        The amplitude follows a slow wave, one for each sleep; else it is constant, of the same mean
        square.
    ratio : tuple of int, optional
        Frames awake, and asleep; None: as the configuration says; (1, 0): no sleep.
    scaled : {'renorm', 'decay', 'common'}, optional
        How features are scaled after each cycle so that their norms are those of the slept network
        in the mean, see :mod:`loihi_sleep.experiments.slow_wave.scaling`.
    network : dict
        Parameters of the network that are otherwise.
    """

    text: str
    noise: str | None = None
    hold: Literal["short", "step", "frame"] = "short"
    below: bool = False
    wave: bool = True
    ratio: tuple[int, int] | None = None
    scaled: Scaling | None = None
    network: dict[str, Any] = field(default_factory=dict)


AWAKE = (1, 0)
CONDITIONS: dict[ConditionName, BetweenImages] = {
    "no_sleep": BetweenImages("no sleep", ratio=AWAKE),
    "sleep": BetweenImages("sleep", "normal"),
    "gray": BetweenImages("gray frames only"),
    "held": BetweenImages("noise held for a frame", "normal", "frame"),
    "held_below": BetweenImages("the same, its mean below gray", "normal", "frame", below=True),
    "below": BetweenImages("sleep, its mean below gray", "normal", below=True),
    "white": BetweenImages("noise drawn in every step", "normal", "step"),
    "pink": BetweenImages("pink noise", "pink"),
    "uniform": BetweenImages("uniform noise", "uniform"),
    "salt_and_pepper": BetweenImages("salt-and-pepper noise", "salt_and_pepper"),
    "constant": BetweenImages("constant amplitude", "normal", wave=False),
    "ratio_1_4": BetweenImages("wake and sleep 1 : 4", "normal", ratio=(1, 4)),
    "ratio_1_1": BetweenImages("wake and sleep 1 : 1", "normal", ratio=(1, 1)),
    "ratio_4_1": BetweenImages("wake and sleep 4 : 1", "normal", ratio=(4, 1)),
    "gray_matched": BetweenImages("gray frames, features scaled alike", scaled="common"),
    "renorm": BetweenImages("no sleep, features renormalized", ratio=AWAKE, scaled="renorm"),
    "decay": BetweenImages("no sleep, decay with activity", ratio=AWAKE, scaled="decay"),
    "literal_no_sleep": BetweenImages("literal model, no sleep", ratio=AWAKE, network=LITERAL),
    "literal": BetweenImages("literal model, sleep", "normal", network=LITERAL),
}
