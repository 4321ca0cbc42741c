"""One running model: the phases of a time step as Lava's runtime service calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lava.magma.core.model.py.model import (
    AbstractPyProcessModel,
    PyAsyncProcessModel,
    PyLoihiProcessModel,
)

from loihi_sleep.engine.python.coroutines import Actor
from loihi_sleep.engine.python.references import ServedVars
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

SPIKING, PRE_MANAGEMENT, LEARNING = "spiking", "pre-management", "learning"
POST_MANAGEMENT, HOST = "post-management", "host"
# What a model asks of the run, beside the phases.
PAUSE, STOP = "pause", "stop"

_Phase = PyLoihiProcessModel.Phase
_GUARDS = ("pre_guard", "lrn_guard", "post_guard")
# What Lava's runtime service relies on, and this one replaces.
_REPLACED = {
    PyLoihiProcessModel: (
        *("_spike", "_pre_mgmt", "_lrn", "_post_mgmt", "_host", "_pause", "_stop"),
        *("start", "run", "join", "_handle_pause_or_stop_req", "add_ports_for_polling"),
    ),
    PyAsyncProcessModel: ("_run_async", "_pause", "_stop", "start", "run", "join"),
}


def check_model(process: AbstractProcess, model: type[Any]) -> None:
    """Refuse a model that cannot run in this process.

    Raises
    ------
    UnsupportedGraph
        It is no ProcessModel in Python, or changes how Lava's runtime service drives it.
    """
    base = next((kind for kind in _REPLACED if issubclass(model, kind)), None)
    if base is None:
        raise UnsupportedGraph(
            f"{label(process)} runs by {model.__name__}, which is neither a PyLoihiProcessModel "
            "nor a PyAsyncProcessModel"
        )
    changed = [name for name in _REPLACED[base] if getattr(model, name) is not getattr(base, name)]
    if changed:
        raise UnsupportedGraph(
            f"{label(process)} runs by {model.__name__}, which has a {changed[0]} of its own: it "
            "can run on Lava's simulator only"
        )


class RunningModel(Actor):
    """A model in Python that runs in this process.

    Parameters
    ----------
    process : AbstractProcess
    kind : ProcessModel class
        Its model's.

    Attributes
    ----------
    model : AbstractPyProcessModel
        With its ports and Vars, once :meth:`take` has been called.
    served : ServedVars
        Its Vars that others ask for.
    """

    model: AbstractPyProcessModel

    def __init__(self, process: AbstractProcess, kind: type[AbstractPyProcessModel]) -> None:
        super().__init__(f"{label(process)}, model {kind.__name__}")
        self.process, self.kind = process, kind
        self.served = ServedVars(self)

    def take(self, model: AbstractPyProcessModel) -> None:
        """Run a model from now on."""
        self.model = model
        for port in model.var_ports:
            self.served.add_port(port)


class LoihiModel(RunningModel):
    """A model that follows Loihi's time steps.

    Attributes
    ----------
    guards : bool
        Whether it may ask for other phases than the spiking one.
    """

    model: PyLoihiProcessModel

    def take(self, model: AbstractPyProcessModel) -> None:
        """Run a model from now on."""
        super().take(model)
        # In the object as well: a model may be given a guard when it is built.
        self.guards = any(
            name in vars(model)
            or getattr(self.kind, name) is not getattr(PyLoihiProcessModel, name)
            for name in _GUARDS
        )

    def spike(self, asked: set[str]) -> None:
        """Run the spiking phase of the next time step.

        Parameters
        ----------
        asked : set of str
            Takes what the model asks for.
        """
        self.phase, self.has_sent = SPIKING, False
        model = self.model
        own = model.__dict__
        own["time_step"] += 1
        own["phase"] = _Phase.SPK
        model.run_spk()
        if own["_req_pause"] or own["_req_stop"]:
            self._ask_for_pause_or_stop(asked)
        elif self.guards:
            if model.lrn_guard() and model.pre_guard():
                asked.add(PRE_MANAGEMENT)
            elif model.lrn_guard():
                asked.add(LEARNING)
            elif model.post_guard():
                asked.add(POST_MANAGEMENT)

    def manage_before(self, asked: set[str]) -> None:
        """Run the management phase before learning."""
        self._begin(PRE_MANAGEMENT, _Phase.PRE_MGMT)
        if self.guards and self.model.pre_guard():
            self.model.run_pre_mgmt()
        if not self._ask_for_pause_or_stop(asked):
            asked.add(LEARNING)
        self.served.serve()

    def learn(self, asked: set[str]) -> None:
        """Run the learning phase."""
        self._begin(LEARNING, _Phase.LRN)
        if not self.guards:
            return
        if self.model.lrn_guard():
            self.model.run_lrn()
        if not self._ask_for_pause_or_stop(asked) and self.model.post_guard():
            asked.add(POST_MANAGEMENT)

    def manage_after(self, asked: set[str]) -> None:
        """Run the management phase after learning."""
        self._begin(POST_MANAGEMENT, _Phase.POST_MGMT)
        if self.guards and self.model.post_guard():
            self.model.run_post_mgmt()
        self._ask_for_pause_or_stop(asked)
        self.served.serve()

    def end_run(self) -> None:
        """Go into the host phase, at the end of a run."""
        self._begin(HOST, _Phase.HOST)
        self.served.serve()

    def _begin(self, name: str, phase: Any) -> None:
        self.phase = name
        vars(self.model)["phase"] = phase

    def _ask_for_pause_or_stop(self, asked: set[str]) -> bool:
        own = vars(self.model)
        if own["_req_pause"]:
            own["_req_pause"] = False
            asked.add(PAUSE)
        elif own["_req_stop"]:
            own["_req_stop"] = False
            asked.add(STOP)
        else:
            return False
        return True
