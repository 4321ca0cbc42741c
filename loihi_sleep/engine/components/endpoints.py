"""Where a network begins and ends: ring buffers, replay drives, the gate, probes, monitors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from lava.proc.io import sink, source
from lava.proc.monitor.models import PyMonitorModel
from numpy.typing import NDArray

from loihi_sleep.engine.assembly import Assembly, in_lavas_type
from loihi_sleep.engine.components.component import Component
from loihi_sleep.engine.graph import links_of, monitored_var, resolved
from loihi_sleep.engine.kernels import recorders, stepper
from loihi_sleep.engine.memory import Memory, Region
from loihi_sleep.engine.variables import HeldVariable, StoredVariable
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label
from loihi_sleep.processes.current_drive import models as current_drive
from loihi_sleep.processes.frame_drive import models as frame_drive
from loihi_sleep.processes.image_drive import models as image_drive
from loihi_sleep.processes.kernels.drive import highest_rate
from loihi_sleep.processes.kernels.noise import NOISES
from loihi_sleep.processes.phase_gate import models as phase_gate
from loihi_sleep.processes.spike_drive import models as spike_drive
from loihi_sleep.processes.spike_probe import models as spike_probe

_ARRAYS = {
    "values": recorders.IN_VALUES,
    "synaptic": recorders.IN_SYNAPTIC,
    "index": recorders.IN_INDEX,
    "counters": recorders.IN_COUNTERS,
    "reals": recorders.IN_REALS,
}


def _value_type(assembly: Assembly) -> type:
    return np.int32 if assembly.fixed else np.float64


@dataclass
class RingData:
    """The data of a source ring buffer, kept as lists of events, step by step.

    Parameters
    ----------
    memory : Memory
    data : ndarray, shape (..., steps)
    first, neurons, amounts : Region
        Where the events of each step begin; their neurons and values. Room for all data.
    """

    memory: Memory
    data: NDArray[Any]
    first: Region
    neurons: Region
    amounts: Region

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the data."""
        return self.data.shape

    @property
    def kind(self) -> np.dtype[Any]:
        """Type in which the data is kept."""
        return self.data.dtype

    def read(self) -> NDArray[Any]:
        """Return the data."""
        return self.data.astype(np.float64)

    def write(self, values: NDArray[Any]) -> None:
        """Take new data."""
        new = values.astype(self.data.dtype)
        steps, neurons, amounts = events_of(new)
        if neurons.size > self.neurons.size:
            raise ValueError(
                f"the new data has {neurons.size} values that are not zero; the compiled engine "
                f"laid out room for {self.neurons.size}; give the most active data first"
            )
        self.data = new
        self.memory.view(self.first)[:] = steps
        self.memory.view(self.neurons)[: neurons.size] = neurons
        self.memory.view(self.amounts)[: neurons.size] = amounts

    @property
    def content(self) -> NDArray[Any]:
        """What a checkpoint has to keep."""
        return self.data

    @content.setter
    def content(self, content: NDArray[Any]) -> None:
        self.write(content)


def events_of(data: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """First event of each step, and one more; neuron and value of each event."""
    by_step = data.reshape(-1, data.shape[-1]).T
    steps, neurons = np.nonzero(by_step)
    first = np.searchsorted(steps, np.arange(by_step.shape[0] + 1))
    return first, neurons, by_step[steps, neurons]


def _build_ring(assembly: Assembly, ring: Any) -> None:
    data = in_lavas_type(ring.data.init, ring.data.shape, _value_type(assembly))
    first, neurons, amounts = events_of(data)
    memory = assembly.memory
    # Short data may be replaced by denser data of the same shape.
    room = max(neurons.size, min(data.size, 2**20))
    filled = np.zeros(room, dtype=np.int32), np.zeros(room, dtype=data.dtype)
    filled[0][: neurons.size], filled[1][: neurons.size] = neurons, amounts
    stored = RingData(
        memory,
        data,
        memory.reserve("index", first.size, first),
        memory.reserve("index", room, filled[0]),
        memory.reserve("values", room, filled[1]),
    )
    assembly.variables[ring.data.id] = stored
    regions = (stored.first.start, stored.neurons.start, stored.amounts.start)
    sent = assembly.sends_of(ring.s_out).fields
    assembly.add(assembly.relays, stepper.RING, [*sent, data.shape[-1], *regions])


def _build_sink(assembly: Assembly, ring: Any) -> None:
    heard = assembly.receives(ring.a_in, events=False)
    *shape, steps = ring.data.shape
    initial = in_lavas_type(ring.data.init, ring.data.shape, _value_type(assembly))
    region = assembly.memory.reserve("values", initial.size, initial.reshape(-1, steps).T.ravel())
    assembly.variables[ring.data.id] = SinkData(assembly.memory, region, (*shape, steps))
    assembly.add(assembly.relays, stepper.SINK, [*heard.fields, region.start, steps])


@dataclass
class SinkData:
    """The data of a sink ring buffer, which lies step by step.

    Parameters
    ----------
    memory : Memory
    region : Region
    shape : tuple of int
        Steps last.
    """

    memory: Memory
    region: Region
    shape: tuple[int, ...]

    @property
    def kind(self) -> np.dtype[Any]:
        """Type in which the data is kept."""
        return self.memory.kind(self.region.array)

    def read(self) -> NDArray[Any]:
        """Return the data."""
        by_step = self.memory.view(self.region).reshape(self.shape[-1], -1)
        return by_step.T.reshape(self.shape).astype(np.float64, order="C")

    def write(self, values: NDArray[Any]) -> None:
        """Take new data."""
        by_neuron = values.reshape(-1, self.shape[-1])
        self.memory.view(self.region)[:] = by_neuron.T.ravel()


def _real(assembly: Assembly, var: Any) -> int:
    return assembly.store(var, "reals", var.init, integer=False).region.start


def _count(assembly: Assembly, var: Any) -> int:
    return assembly.store(var, "counters", var.init, integer=True).region.start


def _build_spike_drive(assembly: Assembly, drive: Any) -> None:
    memory, parameters = assembly.memory, drive.proc_params
    highest = memory.cell("reals", highest_rate(np.array(drive.rates.init, dtype=float)))

    def note_highest() -> None:
        assembly.set_cell("reals", highest, highest_rate(memory.view(rates)))

    rates = assembly.store(
        drive.rates, "reals", drive.rates.init, integer=False, changed=note_highest
    ).region
    fields = [
        *assembly.sends_of(drive.s_out).fields,
        *(rates.start, highest),
        *(_real(assembly, drive.wave_period), _real(assembly, drive.wave_depth)),
        *(parameters["seed"], parameters["columns"], parameters["window"]),
    ]
    assembly.add(assembly.relays, stepper.SPIKE_DRIVE, fields)


def _build_image_drive(assembly: Assembly, drive: Any) -> None:
    parameters = drive.proc_params
    fields = [
        *assembly.sends_of(drive.s_out).fields,
        *(_real(assembly, drive.rates), drive.rates.shape[0]),
        *(parameters["steps"], parameters["seed"]),
    ]
    assembly.add(assembly.relays, stepper.IMAGE_DRIVE, fields)


def _build_current_drive(assembly: Assembly, drive: Any) -> None:
    memory = assembly.memory
    fields = [
        *assembly.sends_of(drive.a_out).fields,
        *(_real(assembly, drive.mean), _real(assembly, drive.std)),
        *(_real(assembly, drive.wave_period), _real(assembly, drive.wave_depth)),
        *(drive.proc_params["seed"], NOISES.index(drive.proc_params["noise"])),
        *(_count(assembly, drive.hold), memory.reserve("reals", drive.mean.size).start),
        memory.cell("counters", -1),
    ]
    assembly.add(assembly.relays, stepper.CURRENT_DRIVE, fields)


def _build_frame_drive(assembly: Assembly, drive: Any) -> None:
    shown = assembly.memory.cell("counters")
    frames = assembly.store(
        drive.frames, "reals", drive.frames.init, integer=False,
        changed=lambda: assembly.set_cell("counters", shown, 0),
    ).region  # fmt: skip
    fields = [
        *assembly.sends_of(drive.a_out).fields,
        *(frames.start, drive.frames.shape[0], drive.proc_params["frame_steps"], shown),
    ]
    assembly.add(assembly.relays, stepper.FRAME_DRIVE, fields)


def _build_gate(assembly: Assembly, gate: Any) -> None:
    fields = [
        *assembly.sends_of(gate.s_out).fields,
        *assembly.sends_of(gate.phase_out).fields,
        *assembly.receives(gate.wake_in, events=True).fields,
        *assembly.receives(gate.replay_in, events=True).fields,
        *(_count(assembly, var) for var in (gate.wake_steps, gate.sleep_steps, gate.elapsed)),
    ]
    assembly.add(assembly.relays, stepper.GATE, fields)


def _build_probe(assembly: Assembly, probe: Any) -> None:
    fields = [
        *assembly.receives(probe.s_in, events=True).fields,
        *(_count(assembly, probe.count), _count(assembly, probe.raster)),
        *(probe.proc_params["raster_steps"], probe.raster.shape[1]),
    ]
    assembly.add(assembly.relays, stepper.PROBE, fields)


def _build_monitor(assembly: Assembly, monitor: Any) -> None:
    """Record a Var after each step, or what a port sends in it."""
    if len(monitor.target_names) > 1:
        raise UnsupportedGraph(
            f"{label(monitor)} probes {len(monitor.target_names)} targets; Lava's monitors take "
            "one: make a Monitor for each"
        )
    for var in monitor.vars:
        if var.name not in monitor.target_names:
            assembly.store(var, "reals", var.init, integer=False)
    for name in monitor.target_names:
        record = assembly.store(getattr(monitor, name), "reals", 0, integer=False)
        assembly.capacities.append((record.shape[0], label(monitor)))
        port = monitor.in_ports.in_port_0
        if links_of(port):
            heard = assembly.receives(port, events=False)
            target: tuple[Region, tuple[int, int]] = (heard.values, (heard.values.size, 1))
            place = record.region.start
            assembly.add(assembly.relays, stepper.MONITOR, _monitor_row(target, place, -1))
        else:
            assembly.finishers_before_layout.append(
                partial(_observe, assembly, monitor, record.region.start)
            )


def _observe(assembly: Assembly, monitor: Any, place: int) -> None:
    """Record a Var; only when all Vars are laid out."""
    var = monitored_var(monitor.ref_ports.ref_port_0)
    stored = assembly.variables.get(resolved(var).id) if var is not None else None
    # A Var of one number that holds one for each neuron has no place in a monitor.
    if isinstance(stored, HeldVariable) and var is not None and stored.values.size == var.size:
        region = assembly.mirror(stored)
        fields = _monitor_row((region, (region.size, 1)), place, -1)
        assembly.add(assembly.observers, stepper.MONITOR, fields)
        return
    if not isinstance(stored, StoredVariable):
        raise UnsupportedGraph(
            f"{label(monitor)}: its target, {monitor.target_names}, cannot be monitored; "
            "neither can other data of ring buffers, delayed activations, sparse matrices and rules"
        )
    rows, columns = stored.region.size, 1
    if stored.by_column:
        rows, columns = stored.shape
    plastic = next((layer.row for layer in assembly.learning if layer.holds(stored.region)), -1)
    assembly.monitored.add(stored.region)
    fields = _monitor_row((stored.region, (rows, columns)), place, plastic)
    assembly.add(assembly.observers, stepper.MONITOR, fields)


def _monitor_row(target: tuple[Region, tuple[int, int]], place: int, plastic: int) -> list[int]:
    region, shape = target
    return [_ARRAYS[region.array], region.start, *shape, place, plastic]


_RING = Component(_build_ring, sends=("s_out",))
_SINK = Component(_build_sink, hears=("a_in",))
_SPIKE_DRIVE = Component(_build_spike_drive, sends=("s_out",))
_IMAGE_DRIVE = Component(_build_image_drive, sends=("s_out",))
_CURRENT_DRIVE = Component(_build_current_drive, sends=("a_out",))
_FRAME_DRIVE = Component(_build_frame_drive, sends=("a_out",))
_GATE = Component(_build_gate, sends=("s_out", "phase_out"), hears=("wake_in", "replay_in"))
_PROBE = Component(_build_probe, hears=("s_in",))

COMPONENTS = {
    source.PySendModelFloat: _RING,
    source.PySendModelFixed: _RING,
    sink.PyReceiveModelFloat: _SINK,
    sink.PyReceiveModelFixed: _SINK,
    spike_drive.PySpikeDriveModelFloat: _SPIKE_DRIVE,
    spike_drive.PySpikeDriveModelFixed: _SPIKE_DRIVE,
    image_drive.PyImageDriveModelFloat: _IMAGE_DRIVE,
    image_drive.PyImageDriveModelFixed: _IMAGE_DRIVE,
    current_drive.PyCurrentDriveModelFloat: _CURRENT_DRIVE,
    current_drive.PyCurrentDriveModelFixed: _CURRENT_DRIVE,
    frame_drive.PyFrameDriveModelFloat: _FRAME_DRIVE,
    frame_drive.PyFrameDriveModelFixed: _FRAME_DRIVE,
    phase_gate.PyPhaseGateModelFloat: _GATE,
    phase_gate.PyPhaseGateModelFixed: _GATE,
    spike_probe.PySpikeProbeModelFloat: _PROBE,
    spike_probe.PySpikeProbeModelFixed: _PROBE,
    PyMonitorModel: Component(_build_monitor, hears=("in_port_0",)),
}
