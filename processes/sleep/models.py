"""ProcessModel of `Sleep`: a drive and a gate."""

from lava.magma.core.decorator import implements, tag
from lava.magma.core.model.sub.model import AbstractSubProcessModel

from loihi_sleep.processes.sleep.process import Sleep, build_parts, output_of


@implements(proc=Sleep)
@tag("floating_pt", "fixed_pt")
class SubSleepModel(AbstractSubProcessModel):
    """Connects the parts; their own models do the work in either numerics."""

    def __init__(self, proc: Sleep) -> None:
        self.drive, self.gate = build_parts(proc)
        output_of(self.drive).connect(self.gate.replay_in)
        proc.wake_in.connect(self.gate.wake_in)
        self.gate.s_out.connect(proc.s_out)
        self.gate.phase_out.connect(proc.phase_out)
        for part in (self.drive, self.gate):
            for var in part.vars:
                getattr(proc, var.name).alias(var)
