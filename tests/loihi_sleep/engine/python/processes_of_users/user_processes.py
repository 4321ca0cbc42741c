"""Processes as users write them, with models in Python and no compiled node."""

import numpy as np
from lava.magma.core.decorator import implements, requires
from lava.magma.core.model.py.model import PyAsyncProcessModel, PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort, PyRefPort, PyVarPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.ports.ports import InPort, OutPort, RefPort, VarPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.async_protocol import AsyncProtocol
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol


class Doubler(AbstractProcess):
    """Sends twice what it receives, and adds up what it has sent."""

    def __init__(self, shape=(2,), fails_at=0, error=IndexError, **parameters):
        super().__init__(shape=shape, fails_at=fails_at, error=error, **parameters)
        self.a_in, self.s_out = InPort(shape), OutPort(shape)
        self.total = Var(shape, init=0)
        self.gain = Var((1,), init=2)


@implements(proc=Doubler, protocol=LoihiProtocol)
@requires(CPU)
class PyDoubler(PyLoihiProcessModel):
    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    total: np.ndarray = LavaPyType(np.ndarray, np.int32)
    gain: int = LavaPyType(int, np.int32)

    def run_spk(self):
        received = self.a_in.recv()
        if self.time_step == self.proc_params["fails_at"]:
            raise self.proc_params["error"]("index 7 is out of bounds")
        sent = self.gain * received
        self.total += sent
        self.s_out.send(sent)


class Source(AbstractProcess):
    """Sends its time step; twice in each if asked to."""

    def __init__(self, shape=(2,), messages=1, **parameters):
        super().__init__(shape=shape, messages=messages, **parameters)
        self.s_out = OutPort(shape)


@implements(proc=Source, protocol=LoihiProtocol)
@requires(CPU)
class PySource(PyLoihiProcessModel):
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)

    def run_spk(self):
        for _ in range(self.proc_params["messages"]):
            self.s_out.send(np.full(self.proc_params["shape"], self.time_step))


class RealSource(AbstractProcess):
    """Sends halves."""

    def __init__(self, shape=(2,)):
        super().__init__(shape=shape)
        self.s_out = OutPort(shape)


@implements(proc=RealSource, protocol=LoihiProtocol)
@requires(CPU)
class PyRealSource(PyLoihiProcessModel):
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)

    def run_spk(self):
        self.s_out.send(np.full(self.proc_params["shape"], self.time_step + 0.5))


class Wide(AbstractProcess):
    """Sends a number of 64 bits."""

    def __init__(self, number):
        super().__init__(number=number)
        self.s_out = OutPort((1,))


@implements(proc=Wide, protocol=LoihiProtocol)
@requires(CPU)
class PyWide(PyLoihiProcessModel):
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int64)

    def run_spk(self):
        self.s_out.send(np.array([self.proc_params["number"]]))


class Deaf(AbstractProcess):
    """Never receives."""

    def __init__(self, shape=(2,), **parameters):
        super().__init__(**parameters)
        self.a_in = InPort(shape)


@implements(proc=Deaf, protocol=LoihiProtocol)
@requires(CPU)
class PyDeaf(PyLoihiProcessModel):
    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)

    def run_spk(self):
        pass


class Dice(AbstractProcess):
    """Draws numbers from NumPy's global generator: uniform ones, or normal ones one by one.

    With a seed its model seeds the generator when it is made, and draws a number then.
    """

    def __init__(self, normal=False, seed=None):
        super().__init__(normal=normal, seed=seed)
        self.drawn = Var((8,), init=0.0)


@implements(proc=Dice, protocol=LoihiProtocol)
@requires(CPU)
class PyDice(PyLoihiProcessModel):
    drawn: np.ndarray = LavaPyType(np.ndarray, float)

    def __init__(self, proc_params):
        super().__init__(proc_params)
        if proc_params["seed"] is not None:
            np.random.seed(proc_params["seed"])  # noqa: NPY002
            self.draw()

    def run_spk(self):
        self.drawn[(self.time_step - 1) % 8] = self.draw()

    def draw(self):
        draw = np.random.normal if self.proc_params["normal"] else np.random.random
        return draw()


class Together(AbstractProcess):
    """Reads Vars of two other Processes, so that these are in one network."""

    def __init__(self, others):
        super().__init__()
        self.first, self.second = (RefPort(other.drawn.shape) for other in others)
        self.first.connect_var(others[0].drawn)
        self.second.connect_var(others[1].drawn)


@implements(proc=Together, protocol=LoihiProtocol)
@requires(CPU)
class PyTogether(PyLoihiProcessModel):
    first: PyRefPort = LavaPyType(PyRefPort.VEC_DENSE, float)
    second: PyRefPort = LavaPyType(PyRefPort.VEC_DENSE, float)


class Phases(AbstractProcess):
    """Notes the phases in which it is called, as digits."""

    def __init__(self, every=(1, 1, 1), pauses_at=0, stops_at=0):
        super().__init__(every=every, pauses_at=pauses_at, stops_at=stops_at)
        self.calls = Var((64,), init=0)
        self.count = Var((1,), init=0)


@implements(proc=Phases, protocol=LoihiProtocol)
@requires(CPU)
class PyPhases(PyLoihiProcessModel):
    calls: np.ndarray = LavaPyType(np.ndarray, np.int32)
    count: int = LavaPyType(int, np.int32)

    def note(self, phase):
        self.calls[self.count] = 10 * self.time_step + phase
        self.count += 1

    def is_time(self, guard):
        every = self.proc_params["every"][guard]
        return bool(every) and self.time_step % every == 0

    def pre_guard(self):
        return self.is_time(0)

    def lrn_guard(self):
        return self.is_time(1)

    def post_guard(self):
        return self.is_time(2)

    def run_spk(self):
        self.note(1)
        if self.time_step == self.proc_params["pauses_at"]:
            self._req_pause = True
        if self.time_step == self.proc_params["stops_at"]:
            self._req_stop = True

    def run_pre_mgmt(self):
        self.note(2)

    def run_lrn(self):
        self.note(3)

    def run_post_mgmt(self):
        self.note(4)


class Reader(AbstractProcess):
    """Reads a Var of another Process after each step, or in the spiking phase; may write it."""

    def __init__(self, shape, steps=8, writes=False, too_early=False):
        super().__init__(writes=writes, too_early=too_early)
        self.ref = RefPort(shape)
        self.seen = Var((steps, *shape), init=0)


@implements(proc=Reader, protocol=LoihiProtocol)
@requires(CPU)
class PyReader(PyLoihiProcessModel):
    ref: PyRefPort = LavaPyType(PyRefPort.VEC_DENSE, np.int32)
    seen: np.ndarray = LavaPyType(np.ndarray, np.int32)

    def run_spk(self):
        if self.proc_params["too_early"]:
            self.ref.read()

    def post_guard(self):
        return True

    def run_post_mgmt(self):
        self.seen[self.time_step - 1] = self.ref.read()
        if self.proc_params["writes"]:
            self.ref.write(self.seen[self.time_step - 1] + 100)
            self.ref.wait()


class EarlyReader(AbstractProcess):
    """Reads a Var of another Process before learning."""

    def __init__(self, shape, steps=4):
        super().__init__()
        self.ref = RefPort(shape)
        self.seen = Var((steps, *shape), init=0)


@implements(proc=EarlyReader, protocol=LoihiProtocol)
@requires(CPU)
class PyEarlyReader(PyLoihiProcessModel):
    ref: PyRefPort = LavaPyType(PyRefPort.VEC_DENSE, np.int32)
    seen: np.ndarray = LavaPyType(np.ndarray, np.int32)

    def lrn_guard(self):
        return True

    def pre_guard(self):
        return True

    def run_pre_mgmt(self):
        self.seen[self.time_step - 1] = self.ref.read()


class RealWriter(AbstractProcess):
    """Writes halves to a Var of another Process."""

    def __init__(self, shape):
        super().__init__(shape=shape)
        self.ref = RefPort(shape)


@implements(proc=RealWriter, protocol=LoihiProtocol)
@requires(CPU)
class PyRealWriter(PyLoihiProcessModel):
    ref: PyRefPort = LavaPyType(PyRefPort.VEC_DENSE, float)

    def post_guard(self):
        return True

    def run_post_mgmt(self):
        self.ref.write(np.full(self.proc_params["shape"], 0.5))


class Shared(AbstractProcess):
    """Has a Var with a VarPort of its own, and counts in it."""

    def __init__(self, shape=(2,)):
        super().__init__()
        self.value = Var(shape, init=0)
        self.port = VarPort(self.value)


@implements(proc=Shared, protocol=LoihiProtocol)
@requires(CPU)
class PyShared(PyLoihiProcessModel):
    value: np.ndarray = LavaPyType(np.ndarray, np.int32)
    port: PyVarPort = LavaPyType(PyVarPort.VEC_DENSE, np.int32)

    def run_spk(self):
        self.value = self.value + 1


class Counter(AbstractProcess):
    """Follows no time steps: sends as many messages as a run has steps."""

    def __init__(self, shape=(2,), endless=False, deaf=False):
        super().__init__(shape=shape, endless=endless, deaf=deaf)
        self.s_out = OutPort(shape)
        self.turns = Var((1,), init=0)


@implements(proc=Counter, protocol=AsyncProtocol)
@requires(CPU)
class PyCounter(PyAsyncProcessModel):
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    turns: int = LavaPyType(int, np.int32)

    def run_async(self):
        sent = 0
        while True:
            self.turns += 1
            if sent < self.num_steps:
                sent += 1
                self.s_out.send(np.full(self.proc_params["shape"], sent))
            elif not self.proc_params["endless"]:
                return
            if not self.proc_params["deaf"] and (
                self.check_for_stop_cmd() or self.check_for_pause_cmd()
            ):
                return


class Keeper(AbstractProcess):
    """Has state beside its Vars: an array, a list of them, and something that is no array."""

    def __init__(self, keeps="arrays"):
        super().__init__(keeps=keeps)
        self.value = Var((2,), init=0)
        self.rate = Var((1,), init=0.5)


@implements(proc=Keeper, protocol=LoihiProtocol)
@requires(CPU)
class PyKeeper(PyLoihiProcessModel):
    value: np.ndarray = LavaPyType(np.ndarray, np.int32)
    rate: float = LavaPyType(float, float)

    def __init__(self, proc_params):
        super().__init__(proc_params)
        self.history = np.zeros(3)
        self.generator = np.random.default_rng(5)
        if proc_params["keeps"] == "a file":
            self.file = open("/dev/null")  # noqa: SIM115 - it is the point of it

    def run_spk(self):
        self.history = np.roll(self.history, 1) + self.generator.random(3)
        self.value += int(10 * self.history.sum())
        self.rate *= 1.5


class OwnLoop(AbstractProcess):
    """Its model changes how Lava drives it."""


@implements(proc=OwnLoop, protocol=LoihiProtocol)
@requires(CPU)
class PyOwnLoop(PyLoihiProcessModel):
    def _spike(self):
        super()._spike()


class Forgotten(AbstractProcess):
    """Has a port and a Var of which its model knows nothing."""

    def __init__(self):
        super().__init__()
        self.a_in, self.s_out = InPort((2,)), OutPort((2,))
        self.level = Var((2,), init=0)


@implements(proc=Forgotten, protocol=LoihiProtocol)
@requires(CPU)
class PyForgotten(PyLoihiProcessModel):
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
