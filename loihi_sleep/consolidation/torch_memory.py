"""A memory that follows the training of a torch model, whatever loop trains it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import fx, nn

from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.consolidation.torch_chain import Link, find_chain
from loihi_sleep.consolidation.torch_layers import Follower, heard
from loihi_sleep.consolidation.torch_model import as_rows
from loihi_sleep.consolidation.torch_replay import answers, replay_in
from loihi_sleep.hippocampus import ReplayConfig
from loihi_sleep.processes import checks
from loihi_sleep.sleep.adapters import put_to_sleep
from loihi_sleep.sleep.drives import Patterns
from loihi_sleep.sleep.night import Night

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig

# Activations of the last so many batches count: those of early batches are of other weights.
RECENT_BATCHES = 50
PROTOTYPES_MAX = 100_000
BELOW_ZERO = ("shift", "neurons")
Model = TypeVar("Model", bound=nn.Module)


class FollowingMemory:
    """What a night needs of all that a model has been trained on; no sample is stored.

    Every forward pass in training mode with gradients is taken in, those of an evaluation are not:
    a running mean of what the layers that sleep hear, the largest activation of each (of the latest
    batches before a night, for earlier ones had other weights) and, if asked for, prototypes.

    Parameters
    ----------
    model : nn.Module
        As :func:`loihi_sleep.sleep.put_to_sleep` takes it. It is hooked until :meth:`close`.
    layers : str or sequence of str, optional
        As of :func:`loihi_sleep.sleep.put_to_sleep`.
    prototypes : int
        Means of groups of inputs, so many of what is trained between two nights. With them a night
        replays one after another, without them the mean of all inputs; and :meth:`replay` lets them
        teach the output.
    below_zero : {'shift', 'neurons'}
        What inputs below 0 are asleep, such as those of standardized data: all of them higher by
        the lowest one of each, as before they were standardized, which needs a bias; or spikes of
        neurons of their own (OFF beside ON).

    Raises
    ------
    ValueError
        The model cannot sleep; the message says what to do.

    Examples
    --------
    >>> memory = follow(model)  # once, before training
    >>> model = memory.sleep(model, seed=0)  # after a task
    """

    def __init__(
        self,
        model: nn.Module,
        layers: str | Sequence[str] | None = None,
        prototypes: int = 0,
        below_zero: str = "shift",
    ) -> None:
        links = find_chain(model, layers)
        self._layers, self._count = layers, len(links)
        self._inputs = links[0].linear.in_features
        self._prototypes = checks.integer("prototypes", prototypes, 0, PROTOTYPES_MAX)
        self._shifts = checks.one_of("below_zero", below_zero, BELOW_ZERO) == "shift"
        self._sums = np.zeros((2, self._inputs))
        self._lowest, self._highest = np.zeros(self._inputs), np.zeros(self._inputs)
        self._samples, self._not_finite = 0, 0
        self._maxima = np.zeros(len(links))
        self._recent: deque[NDArray[np.float64]] = deque(maxlen=RECENT_BATCHES)
        self._latest = np.zeros(len(links))
        self._kept: list[NDArray[np.float64]] = []
        self._labels: list[NDArray[np.int64]] = []
        self._groups = _Groups(self._prototypes, 2 * self._inputs)
        self._hooks: list[Any] = []
        self.attach(model)

    def attach(self, model: nn.Module) -> None:
        """Follow another model of the same layers, such as a copy that has slept.

        Parameters
        ----------
        model : nn.Module
            It has as many layers that sleep, and as many inputs of the first.

        Raises
        ------
        ValueError
            It has others, or a layer that cannot sleep.
        """
        links = self._chain_of(model)
        self.close()
        self._links = links
        token = self._token
        take_in = _TakeIn(self, token)
        self._hooks = [links[0].linear.register_forward_pre_hook(take_in, with_kwargs=True)]
        for place, link in enumerate(links):
            self._hooks.append(link.last.register_forward_hook(_TakeMaximum(self, token, place)))

    def _chain_of(self, model: nn.Module) -> list[Link]:
        """Find the layers that sleep; they must be alike to those of the model followed so far."""
        links = find_chain(model, self._layers)
        inputs = links[0].linear.in_features
        if (len(links), inputs) != (self._count, self._inputs):
            raise ValueError(
                f"the model has {len(links)} layers that sleep, of {inputs} inputs; "
                f"this memory is of {self._count} layers and {self._inputs} inputs"
            )
        return links

    def close(self) -> None:
        """Take the hooks out of the model; what is remembered stays."""
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
        # Hooks that a copy of the model has are silent from now on.
        self._token = object()

    def __enter__(self) -> FollowingMemory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def signed(self) -> bool:
        """Whether there were inputs below 0, which ON and OFF neurons stand for."""
        return bool(self._sums[1].any())

    @property
    def samples(self) -> int:
        """How many samples were taken in, each as often as it was trained on."""
        return self._samples

    @property
    def maxima(self) -> NDArray[np.float64]:
        """Largest activation of each layer that sleeps, shape (layers,)."""
        largest: NDArray[np.float64] = np.maximum.reduce([self._maxima, *self._recent])
        return largest

    @property
    def input_range(self) -> tuple[NDArray[np.float64], float]:
        """Lowest value of each input, and by how much the largest of all is above it.

        As :func:`loihi_sleep.sleep.put_to_sleep` takes it. Nothing is lower than 0 where OFF
        neurons are, and inputs of 0 .. 1 have a span of 1.
        """
        lowest = self._lowest if self._shifts else np.zeros(self._inputs)
        if not self._lowest.any() and self._highest.max() <= 1:
            return lowest, 1.0
        span = max((self._highest - lowest).max(), (lowest - self._lowest).max())
        return lowest, float(span)

    @property
    def memory(self) -> Memory:
        """What is remembered, as :meth:`Memory.after` would have made it of what replays."""
        mean = (self._sums / max(1, self._samples)).reshape(1, -1)
        return Memory(self._replayed(mean)[0], self._samples, self.maxima)

    @property
    def prototypes(self) -> NDArray[np.float64]:
        """Prototypes of all that was trained on, shape (prototypes, inputs or ON and OFF)."""
        return self._replayed(np.concatenate([*self._kept, self._groups.means()]))

    @property
    def labels(self) -> NDArray[np.int64]:
        """Class of each prototype: what the model answered to it when its task was over."""
        return np.concatenate([*self._labels, self._answers(None)])

    def _answers(self, classes: Sequence[int] | None) -> NDArray[np.int64]:
        above, below = np.split(self._groups.means(), 2, axis=1)
        return answers(self._links, above - below, classes)

    def _replayed(self, means: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what means of values above and below 0 are for neurons."""
        above, below = np.split(means, 2, axis=1)
        if self._shifts:
            shifted: NDArray[np.float64] = np.maximum(above - below - self._lowest, 0)
            return shifted
        return means if self.signed else above

    def sleep(
        self,
        model: Model,
        steps: int = 550,
        max_rate: float = 0.42,
        seed: int = 0,
        **options: Any,
    ) -> Model:
        """Put the model that this memory follows to sleep for a :meth:`night`, and follow it on.

        Parameters
        ----------
        model : nn.Module
        steps, max_rate, seed
            As of :meth:`night`.
        **options
            `form`, `biases`, `in_place` and `run_cfg` of :func:`loihi_sleep.sleep.put_to_sleep`.

        Returns
        -------
        nn.Module
            A copy of it that has slept, or itself where `in_place` is True.

        Raises
        ------
        ValueError
            As of :meth:`night` and :func:`loihi_sleep.sleep.put_to_sleep`.
        """
        self._chain_of(model)
        if options.get("backbone") is not None:
            raise ValueError(
                "backbone is given; what a memory replays is what the layers that sleep hear, so "
                "leave it out, or call put_to_sleep with a night that drives the model's inputs"
            )
        night = self.night(steps, max_rate, seed)
        slept = put_to_sleep(
            model,
            night,
            layers=self._layers,
            maxima=self.maxima,
            input_range=self.input_range,
            **options,
        )
        self.attach(slept)
        return slept

    def replay(
        self,
        model: Model,
        config: ReplayConfig | None = None,
        seed: int = 0,
        *,
        classes: Sequence[int] | None = None,
        run_cfg: RunConfig | None = None,
        in_place: bool = False,
    ) -> Model:
        """Put the model to sleep while prototypes wake one after another, and follow it on.

        Each drives the layers in spikes and tells the output its class, which is what the model
        answers to it now that it has learned it (:attr:`labels`). The output learns by the
        delta rule, the layers before it stay as they are, in 8 bits asleep. See
        docs/results/prototypes.md.

        Parameters
        ----------
        model : nn.Module
            Whose layers that sleep have no biases, and hear inputs from 0.
        config : ReplayConfig, optional
            Night and rules. Its values by layer are spread over the layers that sleep: the last is
            the output's.
        seed : int
            Of noise and rounding.
        classes : sequence of int, optional
            Outputs of the classes that were trained on since the last night, among which the
            largest is the answer; else it is among all.
        run_cfg : RunConfig, optional
            From :func:`loihi_sleep.run.select.select`, in ``fixed``.
        in_place : bool
            Whether the model itself sleeps.

        Returns
        -------
        nn.Module
            A copy of it that has slept, or itself where `in_place` is True.

        Raises
        ------
        ValueError
            Nothing was trained on; the memory keeps no prototypes; inputs below 0; layers with
            biases; ``float`` numerics.
        """
        self._chain_of(model)
        self._refuse_nothing()
        if not self._prototypes:
            raise ValueError("the memory keeps no prototypes; follow(model, prototypes=50) does")
        lowest, span = self.input_range
        if self.signed or lowest.any():
            raise ValueError(
                "the layers that sleep heard inputs below 0, which no prototype can be; let them "
                "follow a ReLU, or scale inputs to 0 .. 1"
            )
        means, maxima = self.prototypes, self.maxima
        new = self._answers(classes)
        labels = np.concatenate([*self._labels, new])
        seed = checks.seed("seed", seed)
        slept = replay_in(
            model, self._layers, means, labels, span, maxima, config, run_cfg, seed,
            in_place=in_place,
        )  # fmt: skip
        self.end_task()
        self._labels[-1] = new
        self.attach(slept)
        return slept

    def _refuse_nothing(self) -> None:
        if not self._samples and self._not_finite:
            raise ValueError(
                f"the memory has taken in nothing: all {self._not_finite:,} batches that the model "
                "was trained on held inputs that are NaN or infinite"
            )
        if not self._samples:
            raise ValueError(
                "the memory has taken in nothing: train the model that it follows (in training "
                "mode and with gradients) before the night; memory.attach(model) follows another"
            )

    def night(self, steps: int = 550, max_rate: float = 0.42, seed: int = 0) -> Night:
        """Return a night that replays what was trained on, and remember that a task is over.

        Parameters
        ----------
        steps : int
            Time steps of the night, from 1.
        max_rate : float
            Rate of the largest input, spikes a step, 0 .. 1.
        seed : int
            Seed of the night, 0 .. 2**63 - 1.

        Returns
        -------
        Night

        Raises
        ------
        ValueError
            Nothing was trained on, or inputs were 0 everywhere.
        """
        self._refuse_nothing()
        night = self.memory.night(steps, max_rate, seed)
        if self._prototypes:
            means = self.prototypes
            means = means[means.max(axis=1) > 0]
            rates = checks.number("max_rate", max_rate, 0, 1) * means / means.max()
            night = Night(steps=steps, drive=Patterns(rates, pattern_steps=10), seed=seed)
        self.end_task()
        return night

    def end_task(self) -> None:
        """Remember that a task is over, without a night."""
        self._maxima = self.maxima
        self._recent.clear()
        if self._prototypes:
            self._labels.append(self._answers(None))
            self._kept.append(self._groups.means())
            self._groups = _Groups(self._prototypes, 2 * self._inputs)

    def _take_in(self, x: torch.Tensor) -> None:
        rows = as_rows(x).astype(np.float64)
        if not len(rows):
            return
        if not np.isfinite(rows).all():
            self._not_finite += 1
            return
        self._lowest = np.minimum(self._lowest, rows.min(axis=0))
        self._highest = np.maximum(self._highest, rows.max(axis=0))
        both = np.concatenate([np.maximum(rows, 0), np.maximum(-rows, 0)], axis=1)
        self._sums += both.sum(axis=0).reshape(2, -1)
        self._samples += len(rows)
        self._groups.take_in(both)
        self._latest = np.zeros(self._count)

    def _take_maximum(self, place: int, outputs: torch.Tensor) -> None:
        largest = float(outputs.detach().max()) if outputs.numel() else 0.0
        if np.isfinite(largest):
            self._latest[place] = max(self._latest[place], largest, 0.0)
        if place == self._count - 1:
            self._recent.append(self._latest)


class _Groups:
    """Means of groups of samples; each sample goes to the nearest mean, which moves towards it."""

    def __init__(self, count: int, inputs: int) -> None:
        self._count = count
        self._means = np.zeros((0, inputs))
        self._sizes = np.zeros(0)
        # Half the squared length of each mean.
        self._halves = np.zeros(0)

    def means(self) -> NDArray[np.float64]:
        return self._means.copy()

    def take_in(self, rows: NDArray[np.float64]) -> None:
        for row in rows if self._count else []:
            count = len(self._means)
            if count < self._count and not (self._means == row).all(axis=1).any():
                self._means = np.vstack([self._means, row])
                self._sizes = np.append(self._sizes, 1.0)
                self._halves = np.append(self._halves, row @ row / 2)
                continue
            nearest = int((self._halves - self._means @ row).argmin())
            self._sizes[nearest] += 1
            mean = self._means[nearest]
            mean += (row - mean) / self._sizes[nearest]
            self._halves[nearest] = mean @ mean / 2


class _Hook(Follower):
    """A hook of a memory, which a copy of the model shares; silent when the memory is closed."""

    def __init__(self, memory: FollowingMemory, token: object) -> None:
        self._memory, self._token = memory, token

    def __deepcopy__(self, _: object) -> _Hook:
        return self

    @property
    def _is_followed(self) -> bool:
        return self._token is self._memory._token

    def _hears(self, module: nn.Module, values: object) -> bool:
        return self._is_followed and _is_training(module, values)


class _TakeIn(_Hook):
    """Called before the first layer that sleeps."""

    def shifted_range(self) -> tuple[float, float] | None:
        """As of :class:`Follower`."""
        if not self._is_followed:
            return None
        lowest, span = self._memory.input_range
        return (float(lowest.min()), float(lowest.min()) + span) if lowest.any() else None

    def __call__(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        inputs = heard(args, kwargs)
        if self._hears(module, inputs):
            self._memory._take_in(inputs)


class _TakeMaximum(_Hook):
    """Called after each layer that sleeps."""

    def __init__(self, memory: FollowingMemory, token: object, place: int) -> None:
        super().__init__(memory, token)
        self._place = place

    def __call__(self, module: nn.Module, _: object, outputs: Any) -> None:
        if self._hears(module, outputs):
            self._memory._take_maximum(self._place, outputs)


def _is_training(module: nn.Module, values: object) -> bool:
    return module.training and torch.is_grad_enabled() and not isinstance(values, fx.Proxy)


def follow(
    model: nn.Module,
    layers: str | Sequence[str] | None = None,
    *,
    prototypes: int = 0,
    below_zero: str = "shift",
) -> FollowingMemory:
    """Follow the training of a torch model, and remember what its nights will replay.

    Parameters
    ----------
    model, layers, prototypes, below_zero
        As of :class:`FollowingMemory`.

    Returns
    -------
    FollowingMemory

    Raises
    ------
    ValueError
        The model cannot sleep; the message says what to do.
    """
    return FollowingMemory(model, layers, prototypes, below_zero)
