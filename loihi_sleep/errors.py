"""What can go wrong, as exceptions whose message is for the user."""

from __future__ import annotations


class BadParameter(ValueError):  # noqa: N818 - it reads as the other two
    """A parameter has a value that cannot be used.

    Parameters
    ----------
    parameter : str
        Its name in Python; the command line shows the option of that name instead.
    complaint : str
        What follows the name in the message.
    """

    def __init__(self, parameter: str, complaint: str) -> None:
        super().__init__(f"{parameter} {complaint}")
        self.parameter, self.complaint = parameter, complaint

    def __reduce__(self) -> tuple[type[BadParameter], tuple[str, str]]:
        """Let it come back from another process."""
        return type(self), (self.parameter, self.complaint)


class EngineUnavailable(ValueError):  # noqa: N818 - it is a state of the machine, not of the code
    """An engine was asked for that this machine, or this version, does not have."""


class RunFailed(RuntimeError):  # noqa: N818
    """A run ended by a failure.

    On Lava's simulator the message holds the traceback of the failing ProcessModel, and no child
    process is left.
    """


class RunStopped(RunFailed):
    """A run was broken off because its network is stopped."""


class UnsupportedGraph(ValueError):  # noqa: N818
    """The compiled engine cannot run a graph; the message names the Process and what is supported.

    Raised before anything has run.
    """


class NotEnoughMemory(UnsupportedGraph, MemoryError):  # noqa: N818
    """A network needs more memory than this process can still take.

    Raised before any of it is taken.
    """


class CheckpointRefused(ValueError):  # noqa: N818
    """A checkpoint, or a group of it, is damaged, missing, or was made with other settings."""


class RunFolderInUse(ValueError):  # noqa: N818
    """Another process runs what is in a run folder."""


class ExtensionFailed(ValueError):  # noqa: N818
    """What another package brings cannot be imported, or is not what it should be."""


def described(error: BaseException) -> str:
    """Name an error and what it says, also where the text that it gives of itself fails."""
    try:
        text = str(error)
    except Exception:
        text = "(its text cannot be shown)"
    return f"{type(error).__name__}: {text}"
