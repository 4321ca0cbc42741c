"""Groups of a checkpoint that were read last.

Metrics and figures take one array of a group after the other, and a checkpoint reads and verifies
whole groups.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from loihi_sleep.results.checkpoint import Checkpoint

_LARGEST = 1 << 28


class RecentGroups:
    """Reads groups that are not written any more, and keeps those that were read last.

    Parameters
    ----------
    checkpoint : Checkpoint
    largest : int
        Bytes that what is kept may have in all; a group that has more is read each time.
    """

    def __init__(self, checkpoint: Checkpoint, largest: int = _LARGEST) -> None:
        self._checkpoint, self._largest = checkpoint, largest
        # By name, the one that was read last at the end.
        self._kept: dict[str, dict[str, NDArray[Any]]] = {}

    def read(self, group: str) -> dict[str, NDArray[Any]]:
        """Read a group.

        Parameters
        ----------
        group : str

        Returns
        -------
        dict of str to ndarray
            They may be changed: they are copies.

        Raises
        ------
        CheckpointRefused
            As of :meth:`~loihi_sleep.results.checkpoint.Checkpoint.read`.
        """
        return {name: values.copy() for name, values in self._read(group).items()}

    def array(self, group: str, name: str) -> NDArray[Any]:
        """Read one array of a group, as :meth:`read` does.

        Parameters
        ----------
        group, name : str

        Returns
        -------
        ndarray

        Raises
        ------
        CheckpointRefused
        KeyError
            The group holds no array of that name.
        """
        return self._read(group)[name].copy()

    def _read(self, group: str) -> dict[str, NDArray[Any]]:
        if group in self._kept:
            arrays = self._kept.pop(group)
        else:
            arrays = self._checkpoint.read(group)
            if _bytes(arrays) > self._largest:
                return arrays
            self._make_room(_bytes(arrays))
        self._kept[group] = arrays
        return arrays

    def _make_room(self, size: int) -> None:
        while sum(map(_bytes, self._kept.values())) + size > self._largest:
            del self._kept[next(iter(self._kept))]


def _bytes(arrays: dict[str, NDArray[Any]]) -> int:
    return sum(values.nbytes for values in arrays.values())
