import numpy as np
import pytest
import torch
from torch import nn

from loihi_sleep import networks, run_configs, sleep
from loihi_sleep.sleep.torch_model import linear_outputs


def made_model(bias=False):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Flatten(), nn.Linear(16, 12, bias=bias), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(12, 5, bias=bias),
    )  # fmt: skip


def made_night(steps=80):
    rates = np.linspace(0, 0.5, 16)
    return sleep.Night(steps=steps, drive=sleep.Poisson(rates=rates), seed=3)


@pytest.mark.parametrize("bias", [False, True])
def test_a_torch_model_comes_back_slept(bias):
    model = made_model(bias)
    before = {name: values.clone() for name, values in model.state_dict().items()}
    morning = sleep.put_to_sleep(model, made_night())
    assert isinstance(morning, nn.Sequential)
    assert all((model.state_dict()[name] == values).all() for name, values in before.items())
    for name, values in morning.state_dict().items():
        changed = (values != before[name]).any()
        # Weights sleep, biases do not.
        assert changed == name.endswith("weight")
    again = sleep.put_to_sleep(model, made_night())
    assert all(
        (one == two).all()
        for one, two in zip(morning.parameters(), again.parameters(), strict=True)
    )


def test_it_sleeps_as_a_layered_network_does():
    model, night, form = made_model(), made_night(), sleep.ChipSleep()
    maxima = np.array([2.0, 1.0])
    weights = [layer.weight.detach().double().numpy() for layer in (model[1], model[4])]
    network, unit = form.network(weights, maxima, numerics="fixed")
    expected = sleep.put_to_sleep(network, night, run_configs.select("compiled"))
    morning = sleep.put_to_sleep(model, night, maxima=maxima, form=form)
    for layer, units, one in zip((morning[1], morning[4]), expected, unit, strict=True):
        assert np.allclose(layer.weight.detach().numpy(), units * one, rtol=1e-6)


def test_lava_and_the_engine_give_the_same_model():
    model = made_model(bias=True)
    lava, compiled = (
        sleep.put_to_sleep(model, made_night(30), run_configs.select(engine, "fixed"))
        for engine in ("lava", "compiled")
    )
    for one, two in zip(lava.parameters(), compiled.parameters(), strict=True):
        assert (one == two).all()


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            [nn.Conv2d(1, 4, 3)],
            "layer 0 of the model, Conv2d, cannot sleep; a model may consist of",
        ),
        ([nn.Linear(16, 4), nn.Tanh()], "layer 1 of the model, Tanh, cannot sleep"),
        (
            [nn.Linear(16, 4), nn.Linear(4, 2)],
            "layer 1 of the model, Linear, follows a Linear with",
        ),
        ([nn.Linear(16, 4), nn.Flatten()], "layer 1 of the model, Flatten, comes after a Linear"),
        ([nn.ReLU()], "the model has no Linear layer"),
    ],
)
def test_other_layers_are_refused_by_name(layers, message):
    with pytest.raises(ValueError, match=message):
        sleep.put_to_sleep(nn.Sequential(*layers), made_night())


def test_other_things_are_refused():
    with pytest.raises(ValueError, match=r"the model is a Linear; it must be an nn.Sequential of"):
        sleep.put_to_sleep(nn.Linear(16, 4), made_night())
    silent = sleep.Night(steps=10, drive=sleep.Poisson(rates=0.0), seed=0)
    with pytest.raises(ValueError, match="night.drive.rates are 0 everywhere"):
        sleep.put_to_sleep(made_model(), silent)
    with pytest.raises(ValueError, match=r"maxima has shape \(3,\); it must have shape \(2,\)"):
        sleep.put_to_sleep(made_model(), made_night(), maxima=[1, 2, 3])


def test_outputs_for_the_memory_are_rectified_and_without_dropout():
    model = made_model(bias=True).train()
    x = torch.rand(7, 4, 4)
    first, second = linear_outputs(model, x)
    assert model.training
    with torch.no_grad():
        assert second == pytest.approx(torch.relu(model.eval()(x)).numpy())
    assert first.shape == (7, 12)
    assert first.min() >= 0


def test_biases_become_currents_in_the_units_of_the_spikes():
    # Rates: input 0.5 for 1; hidden 0.5 * a / (2 * 4) for activation a. So the first bias of 0.3 is
    # 0.15 a step, the second 0.3 * 0.0625; in units of 0.1 and 0.01.
    first, second = networks.normalization.bias_currents(
        [np.array([0.3]), np.array([0.3])], 0.5, (2, 1), np.array([4.0, 1.0]), (0.1, 0.01)
    )
    assert first == pytest.approx(1.5)
    assert second == pytest.approx(0.3 * 0.0625 / 0.01)


@pytest.mark.parametrize(("bias", "expected"), [(0.5, 32), (63.98, 4095), (8190, 4095)])
def test_fixed_biases_have_13_bits_and_a_shift(bias, expected):
    network = networks.layered((2, 1), [np.zeros((1, 2))], bias=[[bias]])
    neuron = network.build("fixed", 0).neurons[0]
    shift = int(neuron.bias_exp.init)
    assert int(neuron.bias_mant.init[0]) == expected
    assert abs(expected * 2**shift / 64 - bias) <= 2**shift / 128
    assert 0 <= shift <= 7
