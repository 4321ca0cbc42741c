"""Wrong arguments of what `sleep`, `networks` and `rules` offer: each is refused by its name."""

import numpy as np
import pytest
import torch
from torch import nn

from loihi_sleep import consolidation, networks, rules, sleep
from loihi_sleep.consolidation.torch_model import linear_outputs
from loihi_sleep.networks.normalization import bias_currents, released_gains, thresholds
from loihi_sleep.networks.readout import classify_in_spikes
from loihi_sleep.numerics.discretize import scale_constants
from loihi_sleep.run.select import select
from loihi_sleep.sleep.run import drawn_in_advance

NOTHING = [None, "x", "3", b"3", {}, object(), float, lambda: 0, np.datetime64("2026-01-01")]
COMPLEX = [1j, np.array([1j, 1j]), np.complex64(1)]
INFINITE = [np.nan, np.inf, -np.inf, np.float32("nan"), 10**400, 10**5000]
RAGGED = [[[1.0], [2.0, 3.0]], [1.0, None], ["a", "b"], np.ma.masked, np.array(None)]
MATRICES = [np.zeros((2, 2)), [[1.0, 2.0]], torch.ones(2, 2, requires_grad=True)]

SCALAR = [*NOTHING, *COMPLEX, *INFINITE, *RAGGED, *MATRICES, [], [1.0], (), True, np.True_]
FROM_0 = [*SCALAR, -1, -1e-300, np.float64(-2)]
ABOVE_0 = [*FROM_0, 0, 0.0]
SHARE = [*FROM_0, 1.5, 2, 1e300]
BAD_X = [*NOTHING, *COMPLEX, *INFINITE, *RAGGED, [], [1.0], 2.5, torch.tensor(2.0)]
INTEGER = [*FROM_0, 2.5, 1.0, np.float64(2)]
FROM_1 = [*INTEGER, 0]
VECTOR = [*NOTHING, *COMPLEX, *INFINITE, *RAGGED, *MATRICES, [], [-np.inf, 1], [1.0] * 7]
SEQUENCE = [*NOTHING, *COMPLEX, *INFINITE, *RAGGED, [], 2.5, [None] * 2, ["x"] * 2, [np.nan] * 2]
FLAG = [*NOTHING, *COMPLEX, *INFINITE, *RAGGED, *MATRICES, 0, 1, 2.5, [True]]
NAME = [None, 1, b"fixed", "", "Fixed", "doubled", [], ["fixed"], np.zeros(2), float, np.ma.masked]
OTHER = [value for value in [*SCALAR, 1, 2.5, (1, 2)] if value is not None]
CALLABLE = [value for value in OTHER if not callable(value)]

WEIGHTS = [np.full((3, 2), 2.0), np.full((1, 3), 2.0)]
NETWORK = networks.layered((2, 3, 1), WEIGHTS)
GATED = networks.gated(
    WEIGHTS, gains=(1, 1), vth=(1, 1), leak=0.1, potentiation=1.0, depression=1.0
)
MODEL = nn.Sequential(nn.Linear(2, 1))
NIGHT = sleep.Night(steps=2, drive=sleep.Poisson(rates=0.1), seed=0)
MEMORY = consolidation.Memory(np.ones(2), 3, np.ones(2))
RUN_CFG = select("compiled", "fixed")
STDP = rules.stdp(8, 2)

# A call, its right arguments, and for each parameter what is wrong.
CALLS = {
    "Night": (
        sleep.Night,
        {"steps": 1, "drive": NIGHT.drive, "seed": 0},
        {"steps": [*FROM_1, 2**31], "drive": [None, *OTHER], "seed": [*INTEGER, 2**63]},
    ),
    "Poisson": (
        sleep.Poisson,
        {"rates": 0.5},
        {
            "rates": [*VECTOR[:-1], -0.1, 1.1, [0.5, 1.5], [0.5, -0.1]],
            "plane": [*OTHER[:-1], (0, 2), (1.0, 2.0), (1, 2, 3)],
            "window": INTEGER,
            "wave_period": FROM_0,
            "wave_depth": SHARE,
        },
    ),
    "Memory": (
        consolidation.Memory,
        {"mean_image": [0.5, 1.0], "images": 3, "maxima": [1.0]},
        {"mean_image": [*VECTOR[:-1], 0.5], "images": INTEGER, "maxima": [*VECTOR[:-1], 1, [-1]]},
    ),
    "Memory.empty": (
        consolidation.Memory.empty,
        {"inputs": 2, "layers": 1},
        {"inputs": [*FROM_1, 2**31], "layers": FROM_1},
    ),
    "Memory.rates": (MEMORY.rates, {"max_rate": 0.5}, {"max_rate": SHARE}),
    "Memory.night": (
        MEMORY.night,
        {"steps": 1, "max_rate": 0.5, "seed": 0},
        {"steps": FROM_1, "max_rate": SHARE, "seed": INTEGER},
    ),
    "Memory.after": (
        MEMORY.after,
        {"x": np.ones((4, 2)), "activations": [np.ones((4, 3)), np.ones((4, 1))]},
        {
            "x": [*BAD_X, np.ones((4, 3)), np.ones((0, 2)), np.full((4, 2), np.nan)],
            "activations": [*SEQUENCE, [np.ones((4, 3))], [np.ones((0, 3))] * 2],
        },
    ),
    "run_night": (
        sleep.run_night,
        {"network": NETWORK, "night": NIGHT, "run_cfg": RUN_CFG},
        {
            "network": [None, *OTHER, MODEL],
            "night": [None, *OTHER, NIGHT.drive],
            "run_cfg": [None, *OTHER],
            "raster_steps": INTEGER,
            "on_progress": CALLABLE,
        },
    ),
    "put_to_sleep of a network": (
        consolidation.put_to_sleep,
        {"network": NETWORK, "night": NIGHT},
        {
            "night": [None, *OTHER],
            "run_cfg": OTHER,
            "maxima": [[1.0, 1.0]],
            "form": [consolidation.ChipSleep()],
        },
    ),
    "put_to_sleep of a model": (
        consolidation.put_to_sleep,
        {"network": MODEL, "night": NIGHT, "run_cfg": RUN_CFG},
        {
            "night": [None, *OTHER],
            "run_cfg": OTHER,
            "maxima": [[1.0, 1.0], [-1.0], [np.nan], "x"],
            "form": OTHER,
            "layers": [*SEQUENCE[1:], 3, ["0", "1"], "1"],
            "biases": NAME[1:],
            "in_place": FLAG[1:],
        },
    ),
    "linear_outputs": (
        linear_outputs,
        {"model": MODEL, "x": torch.ones(3, 2)},
        {"model": [None, *OTHER], "x": [*BAD_X, torch.ones(3, 3), np.ones((3, 2))]},
    ),
    "layered": (
        networks.layered,
        {"sizes": (2, 3, 1), "weights": WEIGHTS},
        {
            "sizes": [*SEQUENCE, [2], [2, 0], [2.0, 3.0]],
            "weights": [*SEQUENCE, [WEIGHTS[0]], [np.full((3, 2), 300), WEIGHTS[1]]],
            "rule": [None, *OTHER, [STDP], [STDP, None], [STDP, "stdp"]],
            "vth": [*INTEGER, 2**17, [1], [1, -1], [1, 2.5], ["x", "y"]],
            "leak": SHARE,
            "bias": [*SEQUENCE[1:], [np.zeros(3)], [np.zeros(3), np.full(1, 1e4)]],
        },
    ),
    "gated": (
        networks.gated,
        {
            "weights": WEIGHTS, "gains": (1, 1), "vth": (1, 1), "leak": 0.1,
            "potentiation": 1.0, "depression": 1.0,
        },
        {
            "weights": [*SEQUENCE, WEIGHTS[::-1], [np.zeros(3), np.zeros((1, 3))]],
            "gains": [*SEQUENCE, [1], [1, -1]],
            "vth": [*SEQUENCE, [1], [1, -1]],
            "leak": SHARE,
            "potentiation": FROM_0,
            "depression": FROM_0,
            "width": ABOVE_0,
        },
    ),
    "GatedNetwork": (
        networks.GatedNetwork,
        {
            "weights": WEIGHTS, "gains": (1, 1), "vth": (1, 1), "leak": 0.1,
            "potentiation": 1.0, "depression": 1.0, "width": 0.1,
        },
        {"weights": [*SEQUENCE, WEIGHTS[::-1]], "gains": [*SEQUENCE, 1], "shuffled": FLAG},
    ),
    "QuantizedWeights": (
        networks.QuantizedWeights,
        {"units": WEIGHTS, "unit": (1.0, 1.0)},
        {"units": SEQUENCE, "unit": [*SEQUENCE, [1], [1, 0]]},
    ),
    "QuantizedWeights.with_units": (
        networks.quantize(WEIGHTS).with_units, {"units": WEIGHTS}, {"units": SEQUENCE}
    ),
    "build": (NETWORK.build, {"numerics": "fixed", "seed": 0}, {"numerics": NAME, "seed": INTEGER}),
    "build of gated": (
        GATED.build,
        {"numerics": "float", "seed": 0},
        {"numerics": [*NAME, "fixed"], "seed": INTEGER},
    ),
    "quantize": (
        networks.quantize,
        {"weights": WEIGHTS},
        {"weights": SEQUENCE, "headroom": [*ABOVE_0, 0.9], "rounded": FLAG},
    ),
    "classify_in_spikes": (
        classify_in_spikes,
        {
            "weights": WEIGHTS, "vth": (1, 1), "x": np.ones((2, 2)), "run_cfg": RUN_CFG,
            "steps": 2, "gain": 0.5, "seed": 0,
        },
        {
            "weights": [*SEQUENCE, WEIGHTS[::-1]],
            "vth": [*SEQUENCE, [1], [1, 2.5]],
            "x": [*BAD_X, np.ones((2, 3)), np.full((2, 2), 2.0), np.full((2, 2), -1.0)],
            "run_cfg": [None, *OTHER],
            "steps": FROM_1,
            "gain": SHARE,
            "seed": INTEGER,
            "on_progress": CALLABLE,
        },
    ),
    "thresholds": (
        thresholds,
        {"factors": (1.0, 1.0), "maxima": np.ones(2), "unit": (1.0, 1.0)},
        {"factors": [*SEQUENCE, [1, 0]], "maxima": VECTOR, "unit": [*SEQUENCE, [1], [1, 0]]},
    ),
    "bias_currents": (
        bias_currents,
        {
            "biases": [np.zeros(3), np.zeros(1)], "max_rate": 0.5,
            "factors": (1.0, 1.0), "maxima": np.ones(2), "unit": (1.0, 1.0),
        },
        {
            "biases": [*(each for each in SEQUENCE if each is not RAGGED[0]), [1.0]],
            "max_rate": FROM_0,
            "factors": [*SEQUENCE, [1, 0]],
            "maxima": VECTOR,
            "unit": SEQUENCE,
        },
    ),
    "released_gains": (
        released_gains,
        {"weights": WEIGHTS, "maxima": np.ones(2)},
        {"weights": SEQUENCE, "maxima": VECTOR},
    ),
    "sleep_hebb": (
        rules.sleep_hebb,
        {"potentiation": 8.0, "depression": 2.0},
        {"potentiation": [*FROM_0, 256], "depression": [*FROM_0, 256], "gated": FLAG},
    ),
    "stdp": (
        rules.stdp,
        {"potentiation": 8.0, "depression": 2.0},
        {
            "potentiation": [*FROM_0, 256],
            "depression": [*FROM_0, 256],
            "tau_potentiation": ABOVE_0,
            "tau_depression": ABOVE_0,
        },
    ),
    "residual_hebb": (
        rules.residual_hebb,
        {"rate": 0.5, "reference": 4.0, "residual": "pre"},
        {
            "rate": ABOVE_0,
            "reference": [*FROM_0, 128],
            "residual": NAME,
            "impulse": [*FROM_0, 128],
            "tau": ABOVE_0,
            "t_epoch": [*FROM_1, 64],
            "doublings": [*INTEGER, 10],
        },
    ),
    "by_name": (
        lambda rule, **amounts: rules.by_name(rule, **amounts),
        {"rule": "stdp"},
        {"rule": NAME, "potentiation": FROM_0, "depression": FROM_0},
    ),
    "Trace": (
        rules.Trace,
        {"impulse": 1.0, "tau": 1.0},
        {"impulse": [*FROM_0, 128], "tau": ABOVE_0},
    ),
    "Rule": (
        rules.Rule,
        {"name": "stdp", "products": STDP.products, "traces": STDP.traces},
        {
            "name": [value for value in OTHER if not isinstance(value, str)],
            "products": [None, *OTHER, {"float": ()}, {"float": (1,), "fixed": (1,)}],
            "traces": [
                *(None, *OTHER),
                {"float": {}},
                {"float": {"x1": 1}, "fixed": {}},
                {"float": {"z": STDP.traces["float"]["x1"]}, "fixed": {}},
            ],
            "t_epoch": [*FROM_1, 64],
        },
    ),
    "Rule.loihi": (
        STDP.loihi,
        {"numerics": "fixed", "seed": 0},
        {"numerics": NAME, "seed": [*INTEGER, 2**63]},
    ),
    "Rule.dw": (STDP.dw, {"numerics": "fixed"}, {"numerics": NAME}),
    "scale_constants": (
        scale_constants,
        {"value": 1.0},
        {"value": [v for v in SCALAR if v is not True], "tolerance": FROM_0},
    ),
    "network of ChipSleep": (
        consolidation.ChipSleep().network,
        {"weights": WEIGHTS, "maxima": np.ones(2), "numerics": "fixed"},
        {"weights": SEQUENCE, "maxima": VECTOR, "numerics": NAME, "max_rate": SHARE[1:]},
    ),
    "prepare of ChipSleep": (
        consolidation.ChipSleep().prepare,
        {"weights": WEIGHTS, "memory": MEMORY, "night": 0, "numerics": "fixed"},
        {
            "weights": SEQUENCE,
            "memory": [None, *OTHER],
            "night": INTEGER,
            "numerics": NAME,
            "plane": OTHER[:-1],
        },
    ),
    "prepare of ReleasedSleep": (
        consolidation.ReleasedSleep(vth=(1.0, 1.0)).prepare,
        {"weights": WEIGHTS, "memory": MEMORY, "night": 0, "numerics": "float"},
        {
            "weights": SEQUENCE,
            "memory": [None, *OTHER],
            "night": INTEGER,
            "numerics": [*NAME, "fixed"],
            "plane": OTHER[:-1],
        },
    ),
}  # fmt: skip
MISUSES = [(call, parameter) for call, (_, _, wrong) in CALLS.items() for parameter in wrong]


@pytest.mark.parametrize(("call", "parameter"), MISUSES)
def test_a_wrong_argument_is_refused_by_its_name(call, parameter):
    function, right, wrong = CALLS[call]
    for value in wrong[parameter]:
        with pytest.raises(ValueError, match=parameter) as caught:
            function(**{**right, parameter: value})
        assert len(str(caught.value)) < 320


@pytest.mark.parametrize(
    "call", [call for call in CALLS if not call.startswith(("run_night", "put_", "classify"))]
)
def test_right_arguments_are_taken_also_as_numbers_of_numpy(call):
    function, right, _ = CALLS[call]
    function(**right)
    kinds = {bool: np.bool_, int: np.int64, float: np.float64}
    of_numpy = {name: kinds.get(type(one), lambda v: v)(one) for name, one in right.items()}
    function(**of_numpy)


def test_a_mean_image_that_is_negative_is_said_to_be_one():
    memory = consolidation.Memory.empty(2, 1).after(np.array([[-1.0, 1.0]]), [np.ones((1, 1))])
    message = r"the memory's mean image is negative \(-1\), .* inputs of 0 .. 1 instead of standard"
    for make in (
        lambda: memory.rates(0.5),
        lambda: memory.night(10, 0.5, 0),
        lambda: consolidation.ChipSleep().prepare([np.ones((1, 2))], memory, 0, numerics="fixed"),
        lambda: consolidation.ReleasedSleep().prepare(
            [np.ones((1, 2))], memory, 0, numerics="float"
        ),
    ):
        with pytest.raises(ValueError, match=message):
            make()
    with pytest.raises(ValueError, match=r"rates holds -0.5; .* scale those to 0 .. 1"):
        sleep.Poisson(rates=[0.1, -0.5])


def test_a_night_drawn_in_advance_that_memory_cannot_take_is_refused():
    night = sleep.Night(steps=2**31 - 1, drive=sleep.Poisson(rates=0.1), seed=0)
    wide = networks.layered((2**18, 1), [np.zeros((1, 2**18))])
    with pytest.raises(ValueError, match="night.steps is 2147483647; so many steps of 262144 in"):
        drawn_in_advance(wide, night)
