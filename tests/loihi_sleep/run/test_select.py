import numpy as np
import pytest
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.proc.dense import models as lava_dense
from lava.proc.dense.process import Dense, LearningDense

from loihi_sleep.errors import EngineUnavailable
from loihi_sleep.processes.learning_dense import models as own
from loihi_sleep.run.select import select


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
