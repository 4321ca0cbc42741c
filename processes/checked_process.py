"""A Lava Process whose constructor may refuse its arguments quietly."""

from typing import Any, ClassVar

from lava.magma.core.process.process import AbstractProcess


class CheckedProcess(AbstractProcess):
    """Base of the Processes here.

    Lava's ``__del__`` asks for the runtime of a Process, also of one whose constructor raised
    before it had any; Python then prints a second error under the one that matters.
    """

    _runtime: Any = None
    # Why it runs on the host where the rest of a network is on a chip.
    on_host: ClassVar[str] = "no model for the chip is known"
