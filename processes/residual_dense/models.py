"""ProcessModels of `ResidualDense`."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from numpy.typing import NDArray

from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels.residual_hebb import (
    learn_fixed,
    learn_float,
    rate_of_integers,
    trace_fixed,
    trace_float,
)
from loihi_sleep.processes.model_of import model_of
from loihi_sleep.processes.residual_dense.process import ResidualDense


class AbstractPyResidualDenseModel(PyLoihiProcessModel):
    """What both numerics share: the order of a step."""

    s_in: Any = None
    s_in_bap: Any = None
    a_out: Any = None
    weights: NDArray[Any]
    x: NDArray[Any]
    y: NDArray[Any]
    a_buff: NDArray[Any]
    learning: np.ndarray = LavaPyType(np.ndarray, np.int64)

    def run_spk(self) -> None:
        """Send what arrived in the last step; follow the spikes of this one, learn, take in."""
        self.a_out.send(self.a_buff)
        arrived, answered = (np.flatnonzero(port.recv()) for port in (self.s_in, self.s_in_bap))
        self.follow(self.x, arrived)
        self.follow(self.y, answered)
        if self.learning[0] and self.time_step % self.proc_params["epoch"] == 0:
            if self.proc_params["residual"] == "post":
                self.learn(self.y, self.x, slice(None))
            else:
                self.learn(self.x, self.y, slice(None, None, -1))
        self.transmit(arrived)

    def follow(self, trace: NDArray[Any], spikes: NDArray[np.int64]) -> None:
        """Advance the traces of one side."""
        raise NotImplementedError

    def learn(self, residual: NDArray[Any], sparse: NDArray[Any], axes: slice) -> None:
        """Change the weights; `axes` turns their shape into (residual, sparse)."""
        raise NotImplementedError

    def transmit(self, spikes: NDArray[np.int64]) -> None:
        """Keep what is sent in the next step."""
        raise NotImplementedError


@model_of(ResidualDense, "floating_pt")
class PyResidualDenseModelFloat(AbstractPyResidualDenseModel):
    """Real weights."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    s_in_bap: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    weights: np.ndarray = LavaPyType(np.ndarray, float)
    tag_1: np.ndarray = LavaPyType(np.ndarray, float)
    x: np.ndarray = LavaPyType(np.ndarray, float)
    y: np.ndarray = LavaPyType(np.ndarray, float)
    a_buff: np.ndarray = LavaPyType(np.ndarray, float)

    def follow(self, trace: NDArray[Any], spikes: NDArray[np.int64]) -> None:
        """Advance the traces of one side."""
        traces = self.proc_params["traces"]
        trace_float(trace, spikes, traces["decay"], traces["impulse"])

    def learn(self, residual: NDArray[Any], sparse: NDArray[Any], axes: slice) -> None:
        """Change the weights."""
        rule = self.proc_params["rule"]
        phi = self.weights.transpose((0, 1)[axes])
        rate = self.proc_params["rate"]
        learn_float(phi, residual, sparse, rate, rule["reference"], rule["least"])

    def transmit(self, spikes: NDArray[np.int64]) -> None:
        """Keep what is sent in the next step."""
        self.a_buff = self.proc_params["gain"] * self.weights[:, spikes].sum(axis=1)


@model_of(ResidualDense, "fixed_pt")
class PyResidualDenseModelFixed(AbstractPyResidualDenseModel):
    """Weights of 8 bits, and tags."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    s_in_bap: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    weights: np.ndarray = LavaPyType(np.ndarray, np.int16, precision=8)
    tag_1: np.ndarray = LavaPyType(np.ndarray, np.int16, precision=8)
    x: np.ndarray = LavaPyType(np.ndarray, np.int64, precision=16)
    y: np.ndarray = LavaPyType(np.ndarray, np.int64, precision=16)
    a_buff: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)

    def __init__(self, proc_params: dict[str, Any]) -> None:
        super().__init__(proc_params)
        self._traces: Any = checks.integers(proc_params["traces"])
        self._reference, self._least = checks.integers(proc_params["rule"])

    def follow(self, trace: NDArray[Any], spikes: NDArray[np.int64]) -> None:
        """Advance the traces of one side."""
        trace_fixed(trace, spikes, *self._traces)

    def learn(self, residual: NDArray[Any], sparse: NDArray[Any], axes: slice) -> None:
        """Change weights and tags."""
        order = (0, 1)[axes]
        mantissa, shift = rate_of_integers(self.proc_params["rate"], residual.size)
        learn_fixed(
            self.weights.transpose(order),
            self.tag_1.transpose(order),
            residual,
            sparse,
            mantissa,
            shift,
            self._reference,
            self._least,
            self.proc_params["seed"],
            self.time_step,
        )

    def transmit(self, spikes: NDArray[np.int64]) -> None:
        """Keep what is sent in the next step."""
        total = self.weights[:, spikes].sum(axis=1, dtype=np.int32)
        sign = -1 if self.proc_params["gain"] < 0 else 1
        self.a_buff = sign * (total << self.proc_params["weight_exp"])
