"""The world of `processes.forager`, and the synapses of the network that lives in it."""

from __future__ import annotations

from typing import Any

import numpy as np

from loihi_sleep.engine.assembly import Assembly
from loihi_sleep.engine.components.component import Component
from loihi_sleep.engine.components.synapses import count_all, synaptic
from loihi_sleep.engine.kernels import stepper
from loihi_sleep.engine.memory import Message
from loihi_sleep.processes.forager import models as forager
from loihi_sleep.processes.kernels.reward_unit import REWARD_UNIT
from loihi_sleep.processes.receptive_synapses import models as receptive
from loihi_sleep.processes.rewarded_synapses import models as rewarded


def _sent(assembly: Assembly, var: Any, message: Message) -> None:
    """Let a Var be what a port sends next; it may begin with something."""
    assembly.expose(
        var,
        message.values,
        changed=lambda: assembly.set_cell("counters", message.count, message.values.size),
    )

    def begin() -> None:
        assembly.memory.view(message.values)[:] = var.init
        assembly.set_cell("counters", message.count, message.values.size)

    assembly.finishers.append(begin)


def _build_forager(assembly: Assembly, world: Any) -> None:
    memory, parameters = assembly.memory, world.proc_params
    _sent(assembly, world.pulses, assembly.sends_of(world.s_out))
    _sent(assembly, world.reward, assembly.sends_of(world.reward_out))
    state = assembly.store_all(
        "counters",
        (
            *(world.grid, world.particles, world.agent, world.drawn, world.eaten, world.counts),
            *(world.wake_steps, world.sleep_steps, world.elapsed),
        ),
    )
    grid, particles, agent, drawn, eaten, counts, wake_steps, sleep_steps, elapsed = state
    fields = [
        *assembly.sends_of(world.s_out).fields,
        *assembly.sends_of(world.reward_out).fields,
        *assembly.receives(world.s_in, events=True, at_once=False).fields,
        *(grid, world.grid.shape[0], particles, world.particles.shape[0], agent, drawn),
        *(eaten, counts, wake_steps, sleep_steps, elapsed),
        *assembly.store_all("reals", (world.worth, world.sleep_reward)),
        memory.cell("reals", parameters["exploration"]),
        *(parameters["seed"], parameters["cycle_steps"], parameters["decision_steps"]),
    ]
    assembly.add(assembly.synapses, stepper.FORAGER, fields)


def _build_receptive(assembly: Assembly, synapses: Any) -> None:
    memory, parameters = assembly.memory, synapses.proc_params
    _sent(assembly, synapses.conductance, assembly.sends_of(synapses.a_out))
    sources, last_spike, learning = assembly.store_all(
        "counters", (synapses.sources, synapses.last_spike, synapses.learning)
    )
    fan_out = np.bincount(np.ravel(synapses.sources.init), minlength=synapses.s_in.size)
    assembly.fan_out[synapses] = lambda: fan_out
    fields = [
        *assembly.sends_of(synapses.a_out).fields,
        *assembly.receives(synapses.s_in, events=True, at_once=False).fields,
        *assembly.receives(synapses.s_in_bap, events=True, at_once=False).fields,
        *(sources, synapses.sources.shape[1], last_spike, learning),
        *assembly.store_all("values", (synapses.weights, synapses.input_sum)),
        memory.reserve("reals", 5, parameters["rule"]).start,
        memory.cell("reals", parameters["release"]),
        *(parameters["seed"], parameters["cycle_steps"]),
    ]
    assembly.add(assembly.synapses, stepper.RECEPTIVE, fields)


def _build_rewarded(assembly: Assembly, synapses: Any) -> None:
    memory, parameters = assembly.memory, synapses.proc_params
    _sent(assembly, synapses.conductance, assembly.sends_of(synapses.a_out))
    count_all(assembly, synapses)
    in_reals = (
        *(synapses.initial_sum, synapses.mean_weight, synapses.input_sum, synapses.rate),
        *(synapses.eligibility, synapses.x, synapses.y),
    )
    in_counters = (
        *(synapses.eligible, synapses.x_step, synapses.y_step, synapses.spikes),
        *(synapses.cycles, synapses.asleep, synapses.learning),
    )
    heard = [
        assembly.receives(port, events=events, at_once=False).fields
        for port, events in (
            (synapses.s_in, True),
            (synapses.s_in_bap, True),
            (synapses.reward_in, False),
            (synapses.phase_in, False),
        )
    ]
    fields = [
        *assembly.sends_of(synapses.a_out).fields,
        *(field for fields in heard for field in fields),
        *assembly.store_all("reals", [synapses.weights], by_column=True),
        *assembly.store_all("reals", in_reals),
        *assembly.store_all("counters", [synapses.frozen], by_column=True),
        *assembly.store_all("counters", in_counters),
        memory.cell("reals", parameters["inhibition"]),
        memory.cell("reals", parameters["release"]),
        memory.cell("reals", parameters["scale"]),
        memory.cell("reals", REWARD_UNIT if assembly.fixed else 1.0),
        memory.reserve("reals", 3, parameters["pairing"]).start,
        memory.reserve("reals", 6, parameters["stabilizers"]).start,
        *(synapses.eligible.shape[0], parameters["seed"], parameters["cycle_steps"]),
    ]
    assembly.add(assembly.synapses, stepper.REWARDED, fields)


_FORAGER = Component(
    _build_forager,
    sends=("s_out", "reward_out"),
    hears=("s_in",),
    lists_events=False,
    synaptic=True,
)
_REWARDED = synaptic(_build_rewarded, ("s_in", "s_in_bap", "reward_in", "phase_in"))

COMPONENTS = {
    forager.PyForagerModelFloat: _FORAGER,
    forager.PyForagerModelFixed: _FORAGER,
    receptive.PyReceptiveSynapsesModelFloat: synaptic(_build_receptive, ("s_in", "s_in_bap")),
    rewarded.PyRewardedSynapsesModelFloat: _REWARDED,
    rewarded.PyRewardedSynapsesModelFixed: _REWARDED,
}
