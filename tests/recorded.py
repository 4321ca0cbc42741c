"""What Lava's simulator answered, kept in ``tests/recordings/``.

A question is the printed description of a network, with all else that the answer depends on. One
file holds one question with its answer, under a name that is made from the question.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Answer = dict[str, NDArray[np.float64]]
FOLDER = Path(__file__).parent / "recordings"
HOW_TO_RECORD = "record it anew: tests/recordings/README.md"


class RecordingError(AssertionError):
    """A recording that is not what its name says, or that Lava no longer confirms."""


@dataclass
class Recordings:
    """A folder of recordings, and what a session made of it.

    Attributes
    ----------
    folder : Path
        One file a question.
    renews : bool
        Ask Lava each question again, and write what is not recorded.
    used, missing : set of str
        Names of files that were asked for, and of those that were not there.
    """

    folder: Path = FOLDER
    renews: bool = False
    used: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)

    def answer(
        self,
        question: str,
        ask: Callable[[], Answer],
        difference: Callable[[Answer, Answer], str | None],
    ) -> Answer:
        """Return the recorded answer, or ask Lava.

        Parameters
        ----------
        question : str
            All that decides the answer.
        ask : callable
            Runs Lava's simulator.
        difference : callable
            Names the first difference of two answers, or None.

        Raises
        ------
        RecordingError
            The file is damaged, holds another question, or has another answer than Lava now gives.
        """
        path = self.folder / f"{hashlib.sha256(question.encode()).hexdigest()[:20]}.npz"
        self.used.add(path.name)
        recorded = _read(path, question) if path.exists() else None
        if recorded is not None and not self.renews:
            return recorded
        answer = ask()
        if recorded is None:
            self.missing.add(path.name)
            if self.renews:
                _write(path, question, answer)
            return answer
        found = difference(recorded, answer)
        if found is not None:
            raise RecordingError(
                f"{path.name}: Lava does not answer what was recorded: {found}; if that is right, "
                f"delete the file and {HOW_TO_RECORD}"
            )
        return answer


RECORDINGS = Recordings()
"""Of this session; ``conftest.py`` says whether it renews them."""


def _write(path: Path, question: str, answer: Answer) -> None:
    index = json.dumps([[name, values.shape] for name, values in answer.items()])
    values = np.concatenate([np.ravel(values) for values in answer.values()])
    partial = path.with_suffix(".tmp")
    with partial.open("wb") as file:
        np.savez_compressed(
            file,
            question=np.array(question),
            index=np.array(index),
            values=values.astype(float),
            digest=np.array(_digest(question, index, values)),
        )
    partial.replace(path)


def _read(path: Path, question: str) -> Answer:
    try:
        with np.load(path, allow_pickle=False) as file:
            recorded, index, digest = (str(file[name]) for name in ("question", "index", "digest"))
            values = file["values"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise RecordingError(f"{path.name} cannot be read: {error}; {HOW_TO_RECORD}") from error
    if recorded != question:
        raise RecordingError(f"{path.name} holds the answer to another question; {HOW_TO_RECORD}")
    if digest != _digest(question, index, values):
        raise RecordingError(f"{path.name} was changed after it was recorded; {HOW_TO_RECORD}")
    answer: Answer = {}
    begin = 0
    for name, shape in json.loads(index):
        size = int(np.prod(shape))
        answer[name] = values[begin : begin + size].reshape(shape)
        begin += size
    return answer


def _digest(question: str, index: str, values: NDArray[np.float64]) -> str:
    digest = hashlib.sha256(f"{question}\n{index}\n".encode())
    digest.update(np.ascontiguousarray(values, dtype="<f8").tobytes())
    return digest.hexdigest()
