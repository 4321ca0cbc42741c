"""What a network did, in the operations that cost energy."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COUNTS = ("neuron_updates", "spikes", "arrivals", "operations", "updates", "visits", "active_rows")


@dataclass(frozen=True)
class ProcessActivity:
    """What one Process did. Counts are exact; fractions are means of several networks.

    Parameters
    ----------
    name, kind : str
    host : str
        Why it runs on the host; empty: it runs on the chip.
    for_the_chip : bool
        Whether it runs on the chip, or would if models of it, and of what it reaches, were known.
    neurons, synapses : int
        Static synapses with a weight that is not 0, at the end; plastic ones whatever they weigh.
    neuron_updates : float
        Neurons times steps.
    spikes : float
        Messages that are not 0, sent on ``s_out``.
    arrivals : float
        Spikes that arrive at synapses, after what several senders send to one neuron is summed.
    operations : float
        Synaptic operations: for each spike that arrives, the synapses that it reaches. Of static
        ones those whose weight is not 0, as a chip stores no others; of plastic ones all, as they
        must be stored whatever they weigh.
    updates : float or None
        Synapses for which the learning engine has something to evaluate, over all learning epochs:
        x0 lets a product apply where the pre-synaptic neuron spiked in the epoch, y0 where the
        post-synaptic one did, ``u`` everywhere in its epochs. A synapse counts once an epoch. None:
        plastic, by a rule that is not Loihi's.
    visits : float
        Plastic synapses times learning epochs: what an engine touches that looks at all of them.
    active_rows : float
        Pre-synaptic neurons that spiked within a learning epoch, over all epochs.
    """

    name: str
    kind: str
    host: str
    for_the_chip: bool
    neurons: int = 0
    synapses: int = 0
    neuron_updates: float = 0
    spikes: float = 0
    arrivals: float = 0
    operations: float = 0
    updates: float | None = 0
    visits: float = 0
    active_rows: float = 0

    def plus(self, other: ProcessActivity, sign: int = 1) -> ProcessActivity:
        """Add the counts of a Process that is its like, or take them away.

        Parameters
        ----------
        other : ProcessActivity
        sign : int
            1, or -1 to take them away.

        Returns
        -------
        ProcessActivity
            None where one of the two was not counted.
        """
        counts: dict[str, Any] = {}
        for name in _COUNTS:
            first, second = getattr(self, name), getattr(other, name)
            counts[name] = None if first is None or second is None else first + sign * second
        return dataclasses.replace(self, **counts)

    def share(self, times: float) -> ProcessActivity:
        """Return one of equal parts of the counts.

        Parameters
        ----------
        times : float
            How many parts, above 0.

        Returns
        -------
        ProcessActivity
        """
        counts: dict[str, Any] = {}
        for name in _COUNTS:
            whole = getattr(self, name)
            counts[name] = None if whole is None else whole / times
        return dataclasses.replace(self, **counts)

    def text(self) -> str:
        """Format it as text.

        Returns
        -------
        str
        """
        text = [f"{self.name} ({self.kind}, {f'host: {self.host}' if self.host else 'chip'}):"]
        if self.neurons:
            text.append(f"{self.neurons:,} neurons, {_number(self.neuron_updates)} neuron updates,")
        if self.synapses:
            text.append(
                f"{self.synapses:,} synapses, {_number(self.arrivals)} spikes arrive, "
                f"{_number(self.operations)} synaptic operations,"
            )
            if self.updates is None:
                text.append("updates by a rule of their own not counted,")
            elif self.visits:
                text.append(
                    f"{_number(self.updates)} plastic updates of {_number(self.visits)} synapses "
                    "times epochs,"
                )
        else:
            text.append(f"{_number(self.spikes)} spikes sent,")
        return " ".join(text).rstrip(",")


@dataclass(frozen=True)
class Activity:
    """What a network did.

    Parameters
    ----------
    steps : float
        Time steps.
    seconds : float
        In which the compiled engine ran them, on one core.
    parts : tuple of ProcessActivity
        Of Processes that are neurons or synapses or send spikes.
    """

    steps: float
    seconds: float
    parts: tuple[ProcessActivity, ...]

    def of(self, name: str) -> ProcessActivity:
        """Find what a Process did.

        Parameters
        ----------
        name : str
            Name of the Process.

        Returns
        -------
        ProcessActivity

        Raises
        ------
        ValueError
            None is named so.
        """
        for part in self.parts:
            if part.name == name:
                return part
        raise ValueError(
            f"no Process is named {name!r}; counted are "
            f"{', '.join(part.name for part in self.parts)}"
        )

    def total(self, count: str, *, chip_only: bool = False) -> float:
        """Sum one of the counts over all Processes, or over those that a chip may run.

        Parameters
        ----------
        count : str
            A field of :class:`ProcessActivity`.
        chip_only : bool

        Returns
        -------
        float
            What was not counted adds nothing.
        """
        return sum(
            getattr(part, count) or 0 for part in self.parts if part.for_the_chip or not chip_only
        )

    def __add__(self, other: Activity) -> Activity:
        """Add what a network did that is built alike."""
        return self._plus(other, 1)

    def __sub__(self, other: Activity) -> Activity:
        """Take away what the same network had done at an earlier time."""
        return self._plus(other, -1)

    def _plus(self, other: Activity, sign: int) -> Activity:
        if [(p.kind, p.neurons) for p in self.parts] != [(p.kind, p.neurons) for p in other.parts]:
            raise ValueError("the networks are not built alike; add up what alike networks did")
        parts = zip(self.parts, other.parts, strict=True)
        return Activity(
            self.steps + sign * other.steps,
            self.seconds + sign * other.seconds,
            tuple(first.plus(second, sign) for first, second in parts),
        )

    def __truediv__(self, times: float) -> Activity:
        """Return the share of one of `times` equal parts, e.g. of an image or of a step."""
        return Activity(
            self.steps / times,
            self.seconds / times,
            tuple(part.share(times) for part in self.parts),
        )

    def text(self) -> str:
        """Format it as text.

        Returns
        -------
        str
        """
        return "\n".join([f"{_number(self.steps)} steps", *(part.text() for part in self.parts)])

    def plot(self, axes: Axes | None = None) -> Axes:
        """Draw the counts of each Process as bars.

        Parameters
        ----------
        axes : Axes, optional
            Of matplotlib's, to draw into; those of a new figure if left out.

        Returns
        -------
        Axes
        """
        from loihi_sleep.cost.activity_display import plot_activity

        return plot_activity(self.parts, axes)

    def _repr_html_(self) -> str:
        """Show it in a notebook as a table by Process."""
        from loihi_sleep.cost.activity_display import activity_html

        return activity_html(self.steps, self.parts)


def mean_of(activities: Sequence[Activity]) -> Activity:
    """Average what networks did that are built alike.

    Raises
    ------
    ValueError
        There are none, or they are not built alike.
    """
    if not activities:
        raise ValueError("there is no activity to average")
    return reduce(Activity.__add__, activities) / len(activities)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{round(value, 1):,g}"
