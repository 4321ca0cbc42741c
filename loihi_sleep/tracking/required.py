"""Libraries of trackers, none of which is installed by default."""

from __future__ import annotations

import importlib.util

from loihi_sleep.errors import EngineUnavailable


def require(module: str, tracker: str) -> None:
    """Refuse where a library is not installed.

    Raises
    ------
    EngineUnavailable
        With how to install it.
    """
    if importlib.util.find_spec(module) is None:
        raise EngineUnavailable(
            f"tracker {tracker!r} needs {module}, which is not installed: "
            f"pip install 'loihi-sleep[{tracker}]'"
        )
