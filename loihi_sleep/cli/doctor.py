"""``loihi-sleep doctor``."""

from __future__ import annotations

from loihi_sleep.cli.failures import open_console


def doctor() -> None:
    """Say what is here: Python, Lava, engines, Loihi 2."""
    with open_console() as console:
        from loihi_sleep.loihi2 import doctor as examination

        for line in examination.lines():
            console.print(line, highlight=False, markup=False, soft_wrap=True)
