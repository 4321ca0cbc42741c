import numpy as np
import pytest
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.run_conditions import RunSteps
from lava.proc.dense import models as lava_dense
from lava.proc.dense.process import Dense, LearningDense
from lava.proc.lif.process import LIF

from loihi_sleep.engine.runtime import CompiledRuntime
from loihi_sleep.errors import EngineUnavailable
from loihi_sleep.processes.learning_dense import models as own
from loihi_sleep.processes.spike_drive.process import SpikeDrive
from loihi_sleep.run.select import extend_lava, select


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"engine": "gpu"}, "engine is 'gpu'; it must be one of lava, compiled, loihi2, auto"),
        ({"numerics": "double"}, "numerics is 'double'; it must be one of float, fixed"),
        ({"rounding": "none"}, "rounding is 'none'; it must be one of per_synapse, per_layer"),
    ],
)
def test_unknown_choices_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        select(**arguments)


def test_the_chip_is_refused_in_one_line_that_names_what_is_missing():
    with pytest.raises(EngineUnavailable, match="lava-loihi.* is not installed") as refusal:
        select("loihi2")
    assert "\n" not in str(refusal.value)


def test_auto_says_what_it_took_and_why():
    chosen = select("auto", "fixed")
    assert chosen.engine == "compiled"
    assert chosen.reason.startswith("auto: no Loihi 2, as Intel's hardware extension")


def test_rounding_chooses_the_model_of_plastic_synapses_only():
    rule = Loihi2FLearningRule(dw="x1*y0", x1_tau=2, x1_impulse=16)
    dense = LearningDense(weights=np.zeros((1, 1)), learning_rule=rule)
    models = [
        lava_dense.PyLearningDenseModelFloat,
        lava_dense.PyLearningDenseModelBitApproximate,
    ]
    choose = {
        (numerics, rounding): select("lava", numerics, rounding).select(dense, models)
        for numerics in ("float", "fixed")
        for rounding in ("per_synapse", "per_layer")
    }
    assert choose == {
        ("float", "per_synapse"): own.PyLearningDenseModelPerSynapseFloat,
        ("fixed", "per_synapse"): own.PyLearningDenseModelPerSynapseFixed,
        ("float", "per_layer"): models[0],
        ("fixed", "per_layer"): models[1],
    }
    static = Dense(weights=np.zeros((1, 1)))
    static_models = [lava_dense.PyDenseModelFloat, lava_dense.PyDenseModelBitAcc]
    assert select("lava", "fixed").select(static, static_models) is static_models[1]


def wired():
    drive, neurons = SpikeDrive(shape=(2,), rates=1.0, seed=0), LIF(shape=(1,), vth=1, du=4095)
    synapses = Dense(weights=np.full((1, 2), 2))
    drive.s_out.connect(synapses.s_in)
    synapses.a_out.connect(neurons.a_in)
    return drive, neurons


def test_lava_is_left_as_it_is_by_a_run_configuration():
    before = AbstractProcess.compile, AbstractProcess.create_runtime
    _, neurons = wired()
    for engine in ("compiled", "lava", "auto"):
        select(engine)
    assert (AbstractProcess.compile, AbstractProcess.create_runtime) == before
    with pytest.raises(ValueError, match="run_cfg cannot .* use loihi_sleep.attach"):
        neurons.run(condition=RunSteps(3), run_cfg=select("compiled"))


def run_by(process, neurons):
    process.run(condition=RunSteps(4), run_cfg=select("compiled"))
    assert isinstance(neurons.runtime, CompiledRuntime)
    process.stop()


def test_our_processes_take_run_configurations():
    drive, neurons = wired()
    run_by(drive, neurons)


def test_other_processes_take_them_when_lava_is_extended(extended_lava):
    extend_lava()
    _, neurons = wired()
    run_by(neurons, neurons)
    assert AbstractProcess.compile.__wrapped__ is extended_lava[0]
