"""What the Processes of a network are: ours and yours say it, for Lava's there is a table here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from loihi_sleep.processes.role import NO_CHIP_MODEL, Role

if TYPE_CHECKING:
    from lava.magma.core.learning.learning_rule import LoihiLearningRule
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.process.variable import Var

NO_ROLE = f"it declares no role, and {NO_CHIP_MODEL}"


class _Known(NamedTuple):
    """What is known of one of Lava's Processes; `on_host` is empty where it runs on the chip."""

    role: Role | None
    on_host: str = NO_CHIP_MODEL
    # Of synapses: there is none where the weight is 0.
    sparse: bool = False
    # Of convolutions: the Var of the weights, a kernel.
    kernel: str = ""
    # Of neurons: the Var that has one element a neuron.
    state: str = "v"


# On the chip are those for which release notes, issues and public code name a model for it.
_LAVAS: dict[str, _Known] = {
    "lava.proc.lif.process.LIF": _Known(Role.NEURONS, ""),
    "lava.proc.lif.process.LearningLIF": _Known(Role.NEURONS, ""),
    "lava.proc.lif.process.AbstractLIF": _Known(Role.NEURONS),
    "lava.proc.lif.process.TernaryLIF": _Known(Role.NEURONS),
    "lava.proc.lif.process.LIFReset": _Known(Role.NEURONS),
    "lava.proc.lif.process.LIFRefractory": _Known(Role.NEURONS),
    "lava.proc.clp.prototype_lif.process.PrototypeLIF": _Known(Role.NEURONS),
    "lava.proc.atrlif.process.ATRLIF": _Known(Role.NEURONS),
    "lava.proc.sdn.process.Sigma": _Known(Role.NEURONS, state="sigma"),
    "lava.proc.sdn.process.Delta": _Known(Role.NEURONS, state="act"),
    "lava.proc.sdn.process.SigmaDelta": _Known(Role.NEURONS, "", state="act"),
    "lava.proc.rf.process.RF": _Known(Role.NEURONS, state="real"),
    "lava.proc.rf_iz.process.RF_IZ": _Known(Role.NEURONS, state="real"),
    "lava.proc.resfire.process.RFZero": _Known(Role.NEURONS),
    "lava.proc.prodneuron.process.ProdNeuron": _Known(Role.NEURONS),
    "lava.proc.graded.process.GradedVec": _Known(Role.NEURONS),
    "lava.proc.graded.process.GradedReluVec": _Known(Role.NEURONS),
    "lava.proc.graded.process.NormVecDelay": _Known(Role.NEURONS),
    # It has no Var with one element a neuron: its neurons are not counted.
    "lava.proc.graded.process.InvSqrt": _Known(Role.NEURONS),
    "lava.proc.dense.process.Dense": _Known(Role.SYNAPSES, ""),
    "lava.proc.dense.process.DelayDense": _Known(Role.SYNAPSES, ""),
    "lava.proc.dense.process.LearningDense": _Known(Role.SYNAPSES, ""),
    "lava.proc.sparse.process.Sparse": _Known(Role.SYNAPSES, "", sparse=True),
    "lava.proc.sparse.process.DelaySparse": _Known(Role.SYNAPSES, sparse=True),
    "lava.proc.sparse.process.LearningSparse": _Known(Role.SYNAPSES, sparse=True),
    # Its weights are a kernel that its synapses share: what they take of a chip is not counted.
    "lava.proc.conv.process.Conv": _Known(Role.SYNAPSES, "", kernel="weight"),
    "lava.proc.conv_in_time.process.ConvInTime": _Known(Role.SYNAPSES),
    "lava.proc.io.source.RingBuffer": _Known(Role.DRIVE, "its data lie in the host's memory"),
    "lava.proc.io.sink.RingBuffer": _Known(Role.PROBE, "its data lie in the host's memory"),
    "lava.proc.monitor.process.Monitor": _Known(
        None, "Lava's monitors do not work with a chip; SpikeProbe counts spikes"
    ),
}


def role_of(process: AbstractProcess) -> Role | None:
    """Return what a Process is, by its class or the nearest of its bases that says it.

    Returns
    -------
    Role or None
        None where neither it nor a base declares a role, nor is one of Lava's in the table.
    """
    for kind in type(process).__mro__:
        declared = vars(kind).get("role")
        if isinstance(declared, Role):
            return declared
        known = _known(kind)
        if known is not None:
            return known.role
    return None


def reason_on_host(process: AbstractProcess) -> str:
    """Say why the class of a Process runs on the host; empty where it runs on the chip.

    Lava chooses models for the chip by the class itself, so that a class derived from one of
    Lava's has none.
    """
    known = _known(type(process))
    if known is not None:
        return known.on_host
    declared = getattr(process, "on_host", None)
    if isinstance(declared, str):
        return declared
    is_lavas = type(process).__module__.startswith("lava.")
    return NO_CHIP_MODEL if is_lavas or role_of(process) is not None else NO_ROLE


def is_sparse(process: AbstractProcess) -> bool:
    """Whether there is no synapse where a weight is 0."""
    found = (_known(kind) for kind in type(process).__mro__)
    return any(known is not None and known.sparse for known in found)


def neuron_var(process: AbstractProcess) -> Var | None:
    """Return the Var that has one element a neuron; None of what is no neurons."""
    if role_of(process) is not Role.NEURONS:
        return None
    found = (_known(kind) for kind in type(process).__mro__)
    usual = next((known.state for known in found if known is not None), "v")
    return _var(process, "neuron_var", usual)


def weight_var(process: AbstractProcess) -> Var | None:
    """Return the Var of the weights, (post, pre); None of what is no synapses."""
    return _var(process, "weight_var", "weights") if role_of(process) is Role.SYNAPSES else None


def kernel_var(process: AbstractProcess) -> Var | None:
    """Return the Var of the kernel of a convolution, which many synapses share; None of others."""
    found = (_known(kind) for kind in type(process).__mro__)
    name = next((known.kernel for known in found if known is not None and known.kernel), None)
    return None if name is None else getattr(process, name)


def has_own_rule(process: AbstractProcess) -> bool:
    """Whether synapses learn by a rule that is not one of Loihi's."""
    return getattr(process, "own_rule", False) is True


def learning_rule(process: AbstractProcess) -> LoihiLearningRule | None:
    """Return the learning rule of a Process of Lava's, or None."""
    return process.proc_params._parameters.get("learning_rule")


def _known(kind: type[Any]) -> _Known | None:
    return _LAVAS.get(f"{kind.__module__}.{kind.__qualname__}")


def _var(process: AbstractProcess, declared_in: str, usual: str) -> Var | None:
    name = getattr(process, declared_in, usual)
    # No loop over a Process's Vars may end early: Lava's collections have one cursor for all.
    return {var.name: var for var in process.vars}.get(name)
