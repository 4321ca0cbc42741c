"""Nights to play: spikes, packed for a page that draws them as they come."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.results.tables import Table

# Rows of a layer that has no labels and is no image: more are not told apart on a screen.
_ROWS = 200
# Characters that all rasters of a page may take.
_LARGEST = 2_500_000


@dataclass(frozen=True)
class Layer:
    """A layer of a network, as it is drawn.

    Parameters
    ----------
    name : str
    labels : sequence of str
        One a neuron, where each has a meaning of its own, as those of an output; their spikes are
        counted one by one.
    plane : (int, int), optional
        Rows and columns, where neurons are pixels; their spikes add up to an image.
    """

    name: str
    labels: Sequence[str] = ()
    plane: tuple[int, int] | None = None


@dataclass(frozen=True)
class Recording:
    """Spikes of all layers for a while.

    Parameters
    ----------
    name : str
        Such as ``night 3``.
    text : str
        What it shows, in a sentence or two.
    rasters : sequence of ndarray of bool, shape (steps, neurons) each
        By layer.
    table : Table, optional
        Numbers that go with it.
    marks : sequence of (int, str)
        From which step on something else goes on, and what.
    """

    name: str
    text: str
    rasters: Sequence[NDArray[np.bool_]]
    table: Table | None = None
    marks: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True)
class Player:
    """Recordings that are played one after another.

    Parameters
    ----------
    title, caption : str
    layers : sequence of Layer
        From input to output.
    recordings : sequence of Recording
        At least one.
    unit : str
        What a step is called, in the plural.
    which : str
        What the recordings are.
    """

    title: str
    caption: str
    layers: Sequence[Layer]
    recordings: Sequence[Recording]
    unit: str = "steps"
    which: str = "night"

    @property
    def summary(self) -> Table:
        """Spikes per neuron and step, by recording and layer; those of labelled neurons counted."""
        head = ["", *(f"{layer.name} ({self._size(i)})" for i, layer in enumerate(self.layers))]
        labelled = [(i, layer) for i, layer in enumerate(self.layers) if layer.labels]
        head += [f"spikes of {label}" for _, layer in labelled for label in layer.labels]
        rows = []
        for recording in self.recordings:
            rates = [f"{raster.mean():.4f}" for raster in recording.rasters]
            counts = [recording.rasters[i].sum(axis=0) for i, _ in labelled]
            rows.append((recording.name, *rates, *(str(n) for each in counts for n in each)))
        return Table("Spikes per neuron and step", tuple(head), tuple(rows))

    def _size(self, layer: int) -> int:
        return int(self.recordings[0].rasters[layer].shape[1])


def as_json(player: Player) -> str:
    """Return what the page needs, as JSON that may stand in a ``script`` element.

    Notes
    -----
    Bits of a step after another, those of a step from the first neuron on, the lowest bit of a byte
    first; each step begins with a new byte. Of large layers neurons at equal distances are kept; of
    many recordings some, the last one among them, so that the page stays small.
    """
    kept = [
        _kept_neurons(layer, player.recordings[0].rasters[i])
        for i, layer in enumerate(player.layers)
    ]
    recordings = [_as_values(recording, kept) for recording in player.recordings]
    size = sum(len(json.dumps(each)) for each in recordings)
    if size > _LARGEST:
        count = max(1, len(recordings) * _LARGEST // size)
        chosen = np.linspace(len(recordings) - 1, 0, count).round().astype(int)[::-1]
        recordings = [recordings[place] for place in chosen]
    layers = [
        {
            "name": layer.name,
            "neurons": player.recordings[0].rasters[i].shape[1],
            "rows": len(kept[i]),
            "labels": list(layer.labels),
            "plane": layer.plane,
        }
        for i, layer in enumerate(player.layers)
    ]
    values = {"layers": layers, "recordings": recordings, "unit": player.unit}
    # No text may end the element.
    return json.dumps(values).replace("<", "\\u003c")


def _kept_neurons(layer: Layer, raster: NDArray[np.bool_]) -> NDArray[np.int64]:
    neurons = raster.shape[1]
    if layer.labels or layer.plane or neurons <= _ROWS:
        return np.arange(neurons)
    return np.linspace(0, neurons - 1, _ROWS).round().astype(np.int64)


def _as_values(recording: Recording, kept: Sequence[NDArray[np.int64]]) -> dict[str, object]:
    rasters = [
        np.asarray(raster, dtype=bool)[:, neurons]
        for raster, neurons in zip(recording.rasters, kept, strict=True)
    ]
    packed = [np.packbits(raster, axis=1, bitorder="little") for raster in rasters]
    table = recording.table
    return {
        "name": recording.name,
        "text": recording.text,
        "table": None if table is None else {"head": table.head, "rows": table.rows},
        "marks": [list(mark) for mark in recording.marks],
        "steps": len(rasters[0]),
        "bits": [base64.b64encode(each.tobytes()).decode() for each in packed],
    }
