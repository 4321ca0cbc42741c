"""Models, their ports and the channels between them, made by Lava's own compiler.

Lava's compiler says which port a message comes from, in which type it travels, and by which
functions virtual ports reshape it; its builders make the models. Only the channels are ours.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lava.magma.compiler.builders.channel_builder import ChannelBuilderMp
from lava.magma.compiler.channel_map import ChannelMap
from lava.magma.compiler.channels.pypychannel import CspRecvPort, CspSendPort
from lava.magma.compiler.subcompilers.channel_builders_factory import ChannelBuildersFactory
from lava.magma.compiler.subcompilers.py.pyproc_compiler import PyProcCompiler
from lava.magma.core.model.py.model import AbstractPyProcessModel
from lava.magma.core.process.ports.ports import (
    AbstractPort,
    InPort,
    RefPort,
    VarPort,
    create_port_id,
)
from lava.magma.core.process.variable import Var
from lava.proc.io.injector import PyLoihiInjectorModel, PyLoihiInjectorModelAsync
from scipy.sparse import issparse

from loihi_sleep.engine.python.channels import (
    Channel,
    ForeignSendPort,
    OuterReceivePort,
    OuterSendPort,
    Outside,
    OutsideChannel,
    ReceivePort,
    SendPort,
)
from loihi_sleep.engine.python.coroutines import Actor, Coroutines
from loihi_sleep.engine.python.isolation import RandomState, build_apart, copy_parameters
from loihi_sleep.engine.python.vector_ports import shorten_paths
from loihi_sleep.errors import UnsupportedGraph, described
from loihi_sleep.graphs.hierarchy import label, ports_of

if TYPE_CHECKING:
    from lava.magma.compiler.builders.py_builder import PyProcessBuilder
    from lava.magma.core.process.ports.ports import OutPort
    from lava.magma.core.process.process import AbstractProcess


# Messages that a channel of Lava's holds.
CHANNEL_SIZE = 64


@dataclass
class BlockPorts:
    """Ends of the channels between the compiled part of a network and models in Python.

    Parameters
    ----------
    sends : list of tuple of OutPort and SendPort
        What compiled Processes send to models.
    receives : list of tuple of OutPort and ReceivePort
        What models send to compiled Processes, once each, however many of them receive it.
    requests : list of tuple of VarPort, ReceivePort and SendPort
        What models ask of Vars of compiled Processes, and where the answers go.
    """

    sends: list[tuple[OutPort, SendPort]] = field(default_factory=list)
    receives: list[tuple[OutPort, ReceivePort]] = field(default_factory=list)
    requests: list[tuple[VarPort, ReceivePort, SendPort]] = field(default_factory=list)


class Construction:
    """Makes the models of those Processes of a network that run in Python.

    Parameters
    ----------
    models : dict of AbstractProcess to ProcessModel class
        Of all Processes that run.
    python : collection of AbstractProcess
        Those of them that run in Python.
    actors : dict of AbstractProcess to Actor
        Who runs each Process.
    coroutines : Coroutines
    outside : Outside
        For messages from and to the user's program.
    """

    def __init__(
        self,
        models: Mapping[AbstractProcess, type[Any]],
        python: Collection[AbstractProcess],
        actors: Mapping[AbstractProcess, Actor],
        coroutines: Coroutines,
        outside: Outside,
    ) -> None:
        self._python, self._actors = set(python), actors
        self._coroutines, self._outside = coroutines, outside
        self.ports = BlockPorts()
        self.channels: list[Channel] = []
        self.sent_by: dict[int, Channel] = {}
        self._builders, channel_builders = _compile(models)
        received: set[OutPort] = set()
        self._half_made: dict[tuple[AbstractPort, AbstractPort], ReceivePort] = {}
        for builder in channel_builders:
            self._connect(builder, received)

    def make_models(
        self,
    ) -> dict[AbstractProcess, tuple[AbstractPyProcessModel, RandomState | None]]:
        """Make the models, with their ports and Vars, and what random state they have then.

        Raises
        ------
        UnsupportedGraph
            The constructor of a model raises an error, which is the cause of this.
        """
        made = {}
        for process in self._python:
            builder = self._builders[process]
            self._connect_outside(process, builder)
            builder.proc_params = copy_parameters(process.proc_params)
            self._replace_own_senders(process, builder)
            try:
                model, random = build_apart(builder.proc_model, builder.build)
            except Exception as error:
                raise UnsupportedGraph(
                    f"{label(process)}: its {builder.proc_model.__name__} cannot be made: "
                    f"{described(error)}"
                ) from error
            for name in builder.vars:
                value = getattr(model, name)
                if issparse(value):
                    setattr(model, name, value.copy())
            if isinstance(model, PyLoihiInjectorModel | PyLoihiInjectorModelAsync):
                # Their __del__ asks for it; Lava's have none.
                vars(model)["_p_to_pm_dst_port"] = model.in_port.csp_ports[-1]
            shorten_paths(model)
            made[process] = model, random
        return made

    def _connect(self, builder: ChannelBuilderMp, received: set[OutPort]) -> None:
        """Make the channel of a connection, unless both ends are compiled."""
        source, target = builder.src_process, builder.dst_process
        ends = builder.src_port_initializer, builder.dst_port_initializer
        if source not in self._python and target not in self._python:
            return
        source_port, target_port = (
            _port(process, end.name) for process, end in zip((source, target), ends, strict=True)
        )
        if target not in self._python and not isinstance(source_port, RefPort):
            if source_port in received:
                return
            received.add(source_port)
        channel = Channel(
            self._coroutines,
            self._actors[source],
            ends[0].name,
            self._actors[target],
            ends[1].name,
            (ends[0].shape, ends[0].d_type, ends[0].size),
        )
        self.channels.append(channel)
        self.sent_by.setdefault(id(source_port), channel)
        if isinstance(source_port, VarPort):
            channel.advice = "; Vars of others are read and written in the management phases only"
        if source in self._python:
            self._builders[source].set_csp_ports([channel.src_port])
        elif isinstance(source_port, VarPort):
            requests = self._half_made.pop((target_port, source_port))
            self.ports.requests.append((source_port, requests, channel.src_port))
        else:
            self.ports.sends.append((source_port, channel.src_port))
        if target in self._python:
            self._builders[target].set_csp_ports([channel.dst_port])
            port_id = create_port_id(source.id, ends[0].name)
            self._builders[target].add_csp_port_mapping(port_id, channel.dst_port)
        elif isinstance(source_port, RefPort):
            self._half_made[source_port, target_port] = channel.dst_port
        else:
            self.ports.receives.append((source_port, channel.dst_port))

    def _connect_outside(self, process: AbstractProcess, builder: PyProcessBuilder) -> None:
        """Make the channels of ports that the user's program sends to or receives from."""
        for name, initializer in builder.py_ports.items():
            port = _port(process, name)
            if not port.external_pipe_flag:
                continue
            actor = self._actors[process]
            message = initializer.shape, initializer.d_type, port.external_pipe_buffer_size
            channel = OutsideChannel(
                self._coroutines, actor, name, actor, name, message, outside=self._outside
            )
            if isinstance(port, InPort):
                builder.set_csp_ports([channel.dst_port])
                port.external_pipe_csp_send_port = OuterSendPort(channel, name)
            else:
                builder.set_csp_ports([channel.src_port])
                port.external_pipe_csp_recv_port = OuterReceivePort(channel, name)

    def _replace_own_senders(self, process: AbstractProcess, builder: PyProcessBuilder) -> None:
        """Send by ports of ours where a Process has made a channel itself, as VarWire does."""
        parameters = builder.proc_params._parameters
        for name, sender in list(parameters.items()):
            if not isinstance(sender, CspSendPort):
                continue
            for receiver in vars(process).values():
                if isinstance(receiver, CspRecvPort) and receiver._req is sender._req:
                    parameters[name] = ForeignSendPort(self._coroutines, sender, receiver)


def _port(process: AbstractProcess, name: str) -> Any:
    """Find a port of a Process; those that Lava adds by itself are no attributes."""
    for ports in ports_of(process):
        if name in ports.member_names:
            return ports._members[name]
    raise KeyError(name)


def _missing_in(model: type[Any], process: AbstractProcess) -> list[str]:
    """Name the Vars and ports of a Process that a model does not declare."""
    kinds = ("Var", "InPort", "OutPort", "RefPort", "VarPort")
    return [
        f"{kind} {name!r}"
        for kind, members in zip(kinds, (process.vars, *ports_of(process)), strict=True)
        for name in members.member_names
        # Lava adds VarPorts by itself.
        if not hasattr(model, name) and isinstance(vars(process).get(name), (Var, AbstractPort))
    ]


def _compile(
    models: Mapping[AbstractProcess, type[Any]],
) -> tuple[dict[AbstractProcess, PyProcessBuilder], list[ChannelBuilderMp]]:
    """Let Lava's compiler say what models are made of, and which ports are connected."""
    processes = list(models)
    for process in processes:
        for collection in (process.vars, *ports_of(process)):
            # Lava's collections go on where the last loop over them was left.
            collection._iterator = -1
    config = {"pypy_channel_size": CHANNEL_SIZE}
    try:
        channel_map = ChannelMap.from_proc_groups([processes])
        compiler = PyProcCompiler(processes, config)
        channel_map = compiler.compile(channel_map)
        builders, channel_map = compiler.get_builders(channel_map)
        channels = ChannelBuildersFactory().from_channel_map(channel_map, config)
    except (AssertionError, AttributeError, IndexError, KeyError, NotImplementedError) as error:
        for process, model in models.items():
            if missing := _missing_in(model, process):
                raise UnsupportedGraph(
                    f"{label(process)} has {' and '.join(missing)}, which its {model.__name__} has "
                    "not: give the class an attribute of that name, by LavaPyType"
                ) from error
        names = ", ".join(label(process) for process in models)
        raise UnsupportedGraph(f"Lava cannot compile {names}: {error}") from error
    return builders, channels
