"""The two forms of the network of `slow-wave`: that of its source, and one for the chip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.networks.dictionary import DictionaryNetwork, DictionaryProcesses
from loihi_sleep.networks.dictionary_chip import ChipDictionary, ChipProcesses, ChipSynapses
from loihi_sleep.numerics.limits import MIXED_WEIGHTS
from loihi_sleep.numerics.names import Numerics
from loihi_sleep.processes.kernels.residual_hebb import SUM_MAX, TAG_UNITS
from loihi_sleep.run.session import Session

if TYPE_CHECKING:
    from lava.magma.core.process.ports.ports import OutPort


@dataclass(frozen=True)
class Synapses:
    """What a network has learned.

    Parameters
    ----------
    weights, tags : ndarray, shape (pixels, features)
        As the synapses from the sparse layer hold them.
    """

    weights: NDArray[Any]
    tags: NDArray[Any]


# What either form has learned, and what it is wired as.
Learned = Synapses | ChipSynapses
Made = DictionaryProcesses | ChipProcesses
_Learned = TypeVar("_Learned")
_Made = TypeVar("_Made")


class Form(Protocol[_Learned, _Made]):
    """What differs between the forms: synapses and how they are wired, currents and their units."""

    @property
    def contrast_current(self) -> float:
        """Current that a standard deviation of an image is, thresholds a step."""

    def deviation(self, amplitude: float) -> float:
        """Return what so many gray currents are in the residual neurons' units."""

    def currents(self, patches: NDArray[np.float64]) -> NDArray[np.float64]:
        """Currents around gray that show patches, in the residual neurons' units."""

    def first_synapses(self, seed: int) -> _Learned:
        """Draw what synapses hold before anything is learned."""

    def build(
        self,
        source: OutPort | None,
        synapses: _Learned,
        seed: int,
        *,
        learning: bool = True,
        raster_steps: int = 0,
    ) -> _Made:
        """Wire what synapses hold to what drives the network; `seed` is that of the rounding."""

    def read(self, session: Session, made: _Made) -> _Learned:
        """Read what synapses hold."""

    def features_of(self, synapses: _Learned) -> NDArray[np.float64]:
        """Features that synapses hold, shape (pixels, features)."""

    def sent_of(self, synapses: _Learned) -> NDArray[np.float64]:
        """Features as spikes bring them to the residual neurons, shape (pixels, features)."""

    def saturated(self, synapses: _Learned) -> float:
        """Share of the weights that are at an end of their range."""

    def transposition_error(self, session: Session, made: _Made, synapses: _Learned) -> float:
        """Norm of what the two directions differ by, relative to that of the features."""


@dataclass(frozen=True)
class SourceForm(Form[Synapses, DictionaryProcesses]):
    """The network as its source has it.

    Parameters
    ----------
    network : DictionaryNetwork
    contrast : float
        Gray currents that a standard deviation of an image is.
    numerics : str
    """

    network: DictionaryNetwork
    contrast: float
    numerics: Numerics

    @property
    def contrast_current(self) -> float:
        """Current that a standard deviation of an image is, thresholds a step."""
        return self.network.gray_current * self.contrast

    def deviation(self, amplitude: float) -> float:
        """Return what so many gray currents are in the residual neurons' units."""
        return amplitude * self.network.gray_current * self.network.thresholds(self.numerics)[0]

    def currents(self, patches: NDArray[np.float64]) -> NDArray[np.float64]:
        """Currents around gray that show patches; none is below 0."""
        gray = self.network.gray_current
        shown = np.maximum(0.0, gray * (1 + self.contrast * patches)) - gray
        return shown * self.network.thresholds(self.numerics)[0]

    def first_synapses(self, seed: int) -> Synapses:
        """Draw what synapses hold before anything is learned."""
        features = self.network.initial_features(seed)
        return Synapses(*self.network.weights_and_tags(features, self.numerics))

    def build(
        self,
        source: OutPort | None,
        synapses: Synapses,
        seed: int,
        *,
        learning: bool = True,
        raster_steps: int = 0,
    ) -> DictionaryProcesses:
        """Wire what synapses hold to what drives the network; `seed` is that of the rounding."""
        return self.network.build(
            source,
            synapses.weights,
            self.numerics,
            seed,
            phi_tags=synapses.tags,
            learning=learning,
            raster_steps=raster_steps,
        )

    def read(self, session: Session, made: DictionaryProcesses) -> Synapses:
        """Read what synapses hold."""
        return Synapses(session.get(made.down.weights), session.get(made.down.tag_1))

    def features_of(self, synapses: Synapses) -> NDArray[np.float64]:
        """Features that synapses hold, shape (pixels, features)."""
        return self.network.features_of(synapses.weights, synapses.tags, self.numerics)

    def sent_of(self, synapses: Synapses) -> NDArray[np.float64]:
        """Features as spikes bring them to the residual neurons, shape (pixels, features)."""
        sent: NDArray[np.float64] = synapses.weights * self.network.weight_unit(self.numerics)
        return sent

    def saturated(self, synapses: Synapses) -> float:
        """Share of the weights that are at an end of their range."""
        if self.numerics != "fixed":
            return 0.0
        stored = synapses.weights * TAG_UNITS + synapses.tags
        return float((np.abs(stored) >= SUM_MAX).mean())

    def transposition_error(
        self, session: Session, made: DictionaryProcesses, synapses: Synapses
    ) -> float:
        """Norm of what the two directions differ by, relative to that of the features."""
        return _relative(synapses.weights, session.get(made.up.weights).T)


@dataclass(frozen=True)
class FormForChip(Form[ChipSynapses, ChipProcesses]):
    """The network on the chip's terms.

    Parameters
    ----------
    chip : ChipDictionary
    contrast : float
        Gray currents that a standard deviation of an image is.
    """

    chip: ChipDictionary
    contrast: float

    @property
    def contrast_current(self) -> float:
        """Current that a standard deviation of an image is, thresholds a step."""
        return self.chip.form.gray_current * self.contrast

    def deviation(self, amplitude: float) -> float:
        """Return what so many gray currents are in the residual neurons' units."""
        return amplitude * self.chip.current_unit

    def currents(self, patches: NDArray[np.float64]) -> NDArray[np.float64]:
        """Currents around gray that show patches; there is an OFF neuron for what is below."""
        return patches * self.deviation(self.contrast)

    def first_synapses(self, seed: int) -> ChipSynapses:
        """Draw what synapses hold before anything is learned."""
        return self.chip.initial_synapses(seed)

    def build(
        self,
        source: OutPort | None,
        synapses: ChipSynapses,
        seed: int,
        *,
        learning: bool = True,
        raster_steps: int = 0,
    ) -> ChipProcesses:
        """Wire what synapses hold to what drives the network; `seed` is that of the rounding."""
        return self.chip.build(source, synapses, seed, learning=learning, raster_steps=raster_steps)

    def read(self, session: Session, made: ChipProcesses) -> ChipSynapses:
        """Read what synapses hold."""
        return ChipSynapses(session.get(made.down.weights), session.get(made.up.weights).T)

    def features_of(self, synapses: ChipSynapses) -> NDArray[np.float64]:
        """Features that synapses hold, shape (pixels, features)."""
        return self.chip.features_of(synapses)

    def sent_of(self, synapses: ChipSynapses) -> NDArray[np.float64]:
        """Features as spikes bring them to the residual neurons, shape (pixels, features)."""
        return self.chip.features_of(synapses)

    def saturated(self, synapses: ChipSynapses) -> float:
        """Share of the weights that are at an end of their range."""
        lowest, highest = MIXED_WEIGHTS
        ends = [
            (weights <= lowest) | (weights >= highest) for weights in (synapses.down, synapses.up)
        ]
        return float(np.mean(ends))

    def transposition_error(
        self, session: Session, made: ChipProcesses, synapses: ChipSynapses
    ) -> float:
        """Norm of what the two directions differ by, relative to that of the features."""
        return _relative(self.chip.features_of(synapses), self.chip.transposed_of(synapses))


def _relative(down: NDArray[np.float64], up: NDArray[np.float64]) -> float:
    """Norm of what two matrices differ by, relative to that of the first."""
    return float(np.linalg.norm(down - up) / np.linalg.norm(down))
