"""Models that follow no time steps: each has a coroutine for the length of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lava.magma.core.model.py.model import AbstractPyProcessModel, PyAsyncProcessModel
from lava.magma.runtime.mgmt_token_enums import MGMT_COMMAND

from loihi_sleep.engine.python.models import HOST, PAUSE, STOP, RunningModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from lava.magma.core.process.process import AbstractProcess
    from numpy.typing import NDArray

    from loihi_sleep.engine.python.coroutines import Coroutines

ASYNCHRONOUS = "asynchronous"


class CommandPort:
    """What an asynchronous model asks for a command to pause or to stop.

    To ask gives way to all others: a model that computes without ever asking, or waiting for a
    message, lets nobody else run.

    Parameters
    ----------
    coroutines : Coroutines
    command : callable
        Returns ``pause``, ``stop`` or nothing.
    """

    def __init__(self, coroutines: Coroutines, command: Callable[[], str]) -> None:
        self._coroutines, self._command = coroutines, command

    def probe(self) -> bool:
        """Tell whether there is a command."""
        self._coroutines.give_way()
        return bool(self._command())

    def peek(self) -> NDArray[Any]:
        """Return the command."""
        token: NDArray[Any] = {PAUSE: MGMT_COMMAND.PAUSE, STOP: MGMT_COMMAND.STOP}[self._command()]
        return token

    def send(self, data: Any) -> None:
        """Take what the model answers, which nobody asks for here."""

    def join(self) -> None:
        """Do nothing: there is no thread to end."""


class AsynchronousModel(RunningModel):
    """A model with a ``run_async`` of its own.

    Parameters
    ----------
    process, kind
        As of :class:`RunningModel`.
    coroutines : Coroutines
    command : callable
        As of :class:`CommandPort`.
    """

    model: PyAsyncProcessModel

    def __init__(
        self,
        process: AbstractProcess,
        kind: type[PyAsyncProcessModel],
        coroutines: Coroutines,
        command: Callable[[], str],
    ) -> None:
        super().__init__(process, kind)
        self._coroutines = coroutines
        self._port = CommandPort(coroutines, command)

    def take(self, model: AbstractPyProcessModel) -> None:
        """Run a model from now on."""
        super().take(model)
        vars(model).update(service_to_process=self._port, process_to_service=self._port)

    def begin_run(self, steps: int, asked: set[str]) -> None:
        """Let it run until it returns.

        Parameters
        ----------
        steps : int
            Time steps of the run, as the model is told.
        asked : set of str
            Takes what the model asks for at its end.
        """

        def run() -> None:
            self.phase = ASYNCHRONOUS
            vars(self.model)["num_steps"] = steps
            self.model.run_async()
            own = vars(self.model)
            for name, request in (("_req_stop", STOP), ("_req_pause", PAUSE)):
                if own[name]:
                    own[name] = False
                    asked.add(request)
                    break
            self.phase = HOST

        self._coroutines.start(self, run)
