"""What can go wrong, as exceptions whose message is for the user."""


class EngineUnavailable(ValueError):  # noqa: N818 - it is a state of the machine, not of the code
    """An engine was asked for that this machine, or this version, does not have."""


class RunFailed(RuntimeError):  # noqa: N818
    """A run on Lava's simulator ended by a failure in one of its processes.

    The message holds the traceback of the failing ProcessModel; no child process is left.
    """
