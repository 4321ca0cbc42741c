"""Sleep between the experiences of an Avalanche strategy (extra ``avalanche``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from avalanche.training.plugins import SupervisedPlugin

from loihi_sleep.consolidation.chip import ChipSleep
from loihi_sleep.consolidation.torch_memory import FollowingMemory, follow
from loihi_sleep.processes import checks
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.sleep.night import STEPS_MAX

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig


class SleepPlugin(SupervisedPlugin):  # type: ignore[type-arg, unused-ignore]
    """Puts the model of a strategy to sleep after each experience; no sample is stored.

    During an experience it remembers what a night needs
    (:class:`loihi_sleep.consolidation.torch_memory.FollowingMemory`). After it the model sleeps, in
    place, so that the optimizer keeps its parameters. Evaluation, metrics and loggers are those of
    the strategy.

    Parameters
    ----------
    steps : int
        Time steps of a night, from 1.
    max_rate : float
        Rate of the largest input asleep, spikes a step, above 0, to 1.
    form : ChipSleep, optional
        Learning rule, thresholds, leak, headroom.
    layers : str or sequence of str, optional
        What sleeps, as of :func:`loihi_sleep.sleep.put_to_sleep`; else the last Linear layers.
    biases : {'follow', 'keep'}
        As of :func:`loihi_sleep.sleep.put_to_sleep`.
    prototypes : int
        Prototypes of each experience that nights replay; 0 for the mean of all inputs.
    below_zero : {'shift', 'neurons'}
        What standardized inputs are asleep, as of
        :class:`loihi_sleep.consolidation.torch_memory.FollowingMemory`.
    from_experience : int
        The first experience after which there is a night, from 0.
    seed : int
        Seed of all nights, 0 .. 2**63 - 1.
    run_cfg : RunConfig, optional
        From :func:`loihi_sleep.run.select.select`.

    Raises
    ------
    ValueError
        A parameter out of range; while training, a model that cannot sleep.
    """

    def __init__(
        self,
        steps: int = 550,
        max_rate: float = 0.42,
        *,
        form: ChipSleep | None = None,
        layers: str | Sequence[str] | None = None,
        biases: str = "follow",
        prototypes: int = 0,
        below_zero: str = "shift",
        from_experience: int = 0,
        seed: int = 0,
        run_cfg: RunConfig | None = None,
    ) -> None:
        super().__init__()
        self.steps = checks.integer("steps", steps, 1, STEPS_MAX)
        self.max_rate = checks.number("max_rate", max_rate, 0, 1)
        self.from_experience = checks.integer("from_experience", from_experience, 0)
        self.seed = checks.seed("seed", seed)
        self.memory: FollowingMemory | None = None
        self._followed: dict[str, Any] = {
            "layers": layers,
            "prototypes": prototypes,
            "below_zero": below_zero,
        }
        self._slept: dict[str, Any] = {"form": form, "biases": biases, "run_cfg": run_cfg}

    def before_training_exp(self, strategy: Any, *args: Any, **kwargs: Any) -> None:
        """Follow the model, which may have grown for the experience."""
        if self.memory is None:
            self.memory = follow(strategy.model, **self._followed)
        else:
            self.memory.attach(strategy.model)

    def after_training_exp(self, strategy: Any, *args: Any, **kwargs: Any) -> None:
        """Put the model to sleep."""
        assert self.memory is not None
        experience = strategy.clock.train_exp_counter
        if experience < self.from_experience:
            self.memory.end_task()
        else:
            (seed,) = spawn_seeds(self.seed, 1, experience)
            self.memory.sleep(
                strategy.model, self.steps, self.max_rate, seed, in_place=True, **self._slept
            )
        self.memory.close()
