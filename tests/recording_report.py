"""Tells at the end of a session which recordings were missing, of all workers together."""

from __future__ import annotations

from typing import Any

import pytest
from recorded import RECORDINGS, Recordings


class RecordingReport:
    """A plugin of pytest; workers of xdist hand over what they counted."""

    def __init__(self, recordings: Recordings = RECORDINGS) -> None:
        self.recordings = recordings

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["recordings"] = [sorted(self.recordings.used), sorted(self.recordings.missing)]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        used, missing = getattr(node, "workeroutput", {}).get("recordings", ([], []))
        self.recordings.used.update(used)
        self.recordings.missing.update(missing)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        used, missing = len(self.recordings.used), len(self.recordings.missing)
        if not used:
            return
        line = f"recordings of Lava's answers: {used} used, {missing} missing"
        if self.recordings.renews:
            written = [name for name in self.recordings.missing if (self.folder / name).exists()]
            unused = {path.name for path in self.folder.glob("*.npz")} - self.recordings.used
            line += f"; {len(written)} written, {len(unused)} in the folder were not asked for"
        elif missing:
            line += ", so Lava ran; to record them see tests/recordings/README.md"
        terminalreporter.write_line(line, yellow=bool(missing) and not self.recordings.renews)

    @property
    def folder(self) -> Any:
        return self.recordings.folder
