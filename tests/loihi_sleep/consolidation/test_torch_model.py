import copy
import threading
from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune

from loihi_sleep import consolidation, networks, sleep
from loihi_sleep.consolidation import torch_model
from loihi_sleep.consolidation.torch_chain import find_chain
from loihi_sleep.consolidation.torch_model import linear_outputs
from loihi_sleep.run.select import select


def linear_layers(model):
    return [link.linear for link in find_chain(model)]


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
    morning = consolidation.put_to_sleep(model, made_night())
    assert isinstance(morning, nn.Sequential)
    assert all((model.state_dict()[name] == values).all() for name, values in before.items())
    for name, values in morning.state_dict().items():
        changed = (values != before[name]).any()
        assert changed, name
    again = consolidation.put_to_sleep(model, made_night())
    assert all(
        (one == two).all()
        for one, two in zip(morning.parameters(), again.parameters(), strict=True)
    )


def test_it_sleeps_as_a_layered_network_does():
    model, night, form = made_model(), made_night(), consolidation.ChipSleep()
    maxima = np.array([2.0, 1.0])
    weights = [layer.weight.detach().double().numpy() for layer in (model[1], model[4])]
    network, unit = form.network(weights, maxima, numerics="fixed")
    expected = consolidation.put_to_sleep(network, night, select("compiled"))
    morning = consolidation.put_to_sleep(model, night, maxima=maxima, form=form)
    for layer, units, one in zip((morning[1], morning[4]), expected, unit, strict=True):
        assert np.allclose(layer.weight.detach().numpy(), units * one, rtol=1e-6)


@pytest.mark.lava
def test_lava_and_the_engine_give_the_same_model():
    model = made_model(bias=True)
    lava, compiled = (
        consolidation.put_to_sleep(model, made_night(30), select(engine, "fixed"))
        for engine in ("lava", "compiled")
    )
    for one, two in zip(lava.parameters(), compiled.parameters(), strict=True):
        assert (one == two).all()


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            [nn.Conv2d(1, 4, 3)],
            "the model has no nn.Linear, and ends with layer 0 of the model, Conv2d: nothing ",
        ),
        ([nn.Linear(16, 4), nn.Tanh()], "layer 1 of the model, Tanh, saturates, and no rate of"),
        (
            [nn.Linear(16, 4), nn.Linear(4, 2)],
            "layer 1 of the model, Linear, follows a Linear with",
        ),
        ([nn.Linear(16, 4), nn.Flatten()], "layer 1 of the model, Flatten, comes after a Linear"),
        ([nn.ReLU()], "the model has no nn.Linear"),
    ],
)
def test_other_layers_are_refused_by_name(layers, message):
    with pytest.raises(ValueError, match=message):
        consolidation.put_to_sleep(nn.Sequential(*layers), made_night())


def plain(**options):
    return nn.Linear(16, 16, **options)


def made_with(change, *, layer=None):
    """A model whose first Linear was changed."""
    layer = plain() if layer is None else layer
    changed = change(layer)
    layer = changed if isinstance(changed, nn.Module) else layer
    return nn.Sequential(layer, nn.ReLU(), plain())


class Doubling(nn.Linear):
    def forward(self, x):
        return 2 * super().forward(x)


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


class Leaky(nn.ReLU):
    def forward(self, x):
        return nn.functional.leaky_relu(x)


def set_weight(values):
    return lambda layer: layer.register_parameter(
        "weight", nn.Parameter(values, requires_grad=False)
    )


def set_bias(values):
    return lambda layer: setattr(layer, "bias", nn.Parameter(values))


def tied_weights():
    model = made_with(lambda layer: None)
    model[2].weight = model[0].weight
    return model


def transposed_weights():
    model = made_with(lambda layer: None)
    model[2].weight = nn.Parameter(model[0].weight.detach().t())
    return model


def bias_within_weights():
    model = made_with(lambda layer: None)
    model[2].bias = nn.Parameter(model[0].weight.detach()[3])
    return model


def hooked_model():
    model = made_with(lambda layer: None)
    model.register_forward_pre_hook(lambda module, inputs: None)
    return model


class Calling(nn.ReLU):
    def __call__(self, x):
        return torch.tanh(x)


def own_forward():
    model = made_with(lambda layer: None)
    model[1].forward = torch.sigmoid
    return model


def used_twice():
    layer = plain()
    return nn.Sequential(layer, nn.ReLU(), layer)


NOT_SLEEPABLE = [
    (
        lambda: made_with(parametrizations.weight_norm),
        r"layer 0 of the model, ParametrizedLinear, is parametrized \('weight'\), .*; apply "
        "torch.nn.utils.parametrize.remove_parametrizations",
    ),
    (lambda: made_with(parametrizations.spectral_norm), "layer 0 .* is parametrized"),
    (
        lambda: made_with(lambda layer: parametrizations.orthogonal(layer)),
        "layer 0 .* is parametrized",
    ),
    (
        lambda: made_with(lambda layer: prune.l1_unstructured(layer, "weight", 0.5)),
        r"layer 0 of the model, Linear, is pruned, .*; apply "
        r"torch.nn.utils.prune.remove\(layer, 'weight'\) first",
    ),
    (
        lambda: made_with(lambda layer: prune.random_unstructured(layer, "bias", 0.5)),
        r"layer 0 .* is pruned, .*prune.remove\(layer, 'bias'\) first",
    ),
    (
        lambda: made_with(nn.utils.weight_norm),
        r"layer 0 .* has a weight norm, .* torch.nn.utils.remove_weight_norm\(layer, 'weight'\)",
    ),
    (
        lambda: made_with(nn.utils.spectral_norm),
        r"layer 0 .* has a spectral norm, .* torch.nn.utils.remove_spectral_norm\(",
    ),
    (used_twice, "layer 0 of the model, Linear, is applied twice; a layer that is used twice"),
    (
        tied_weights,
        "layer 2 .* has a weight that shares memory with the weight of layer 0; ",
    ),
    (transposed_weights, "layer 2 .* has a weight that shares memory with the weight of layer 0"),
    (bias_within_weights, "layer 2 .* has a bias that shares memory with the weight of layer 0"),
    (lambda: made_with(lambda _: Doubling(16, 16)), "layer 0 .*, Doubling, has a forward of its"),
    (
        lambda: nn.Sequential(plain(), Leaky(), plain()),
        "layer 1 .*, Leaky, has a forward of",
    ),
    (
        lambda: nn.Sequential(plain(), Calling(), plain()),
        "the call of tanh in the forward of Sequential saturates, .*; train with ReLU there",
    ),
    (own_forward, "layer 1 of the model, ReLU, has a forward of its own"),
    (lambda: Residual(plain()), "the call of add in the forward of Residual cannot sleep; after"),
    (hooked_model, "the model has forward hooks, which may change what it computes; remove them"),
    (
        lambda: made_with(
            lambda layer: layer.register_forward_hook(lambda module, inputs, x: 2 * x) and None
        ),
        "layer 0 of the model, Linear, has forward hooks",
    ),
    (
        lambda: nn.Sequential(nn.LazyLinear(4)),
        "layer 0 of the model, LazyLinear, has no weights yet; apply the model to an input first",
    ),
    (
        lambda: made_with(lambda layer: None).to("meta"),
        "layer 2 of the model, Linear, is on the device 'meta' and has no weights",
    ),
    (
        lambda: torch.ao.quantization.quantize_dynamic(made_with(lambda layer: None), {nn.Linear}),
        "the model has no nn.Linear, .* \\(before it is quantized",
    ),
    (
        lambda: made_with(set_weight(torch.ones(16, 16, dtype=torch.int8))),
        "layer 0 .* has a weight of torch.int8, torch.strided; it must be a dense float16, ",
    ),
    (
        lambda: made_with(set_weight(torch.ones(16, 16, dtype=torch.complex64))),
        "layer 0 .* has a weight of torch.complex64",
    ),
    (
        lambda: made_with(set_weight(torch.eye(16).to_sparse())),
        "layer 0 .* has a weight of torch.float32, torch.sparse_coo",
    ),
    (
        lambda: made_with(set_weight(torch.full((16, 16), torch.nan))),
        "layer 0 of the model, Linear, has a weight that holds nan; it must be finite",
    ),
    (lambda: made_with(set_bias(torch.full((16,), torch.inf))), "layer 0 .* a bias that holds inf"),
    (lambda: made_with(set_bias(torch.ones(1))), r"a bias of shape \(1,\); it must be \(16,\)"),
    (
        lambda: made_with(set_weight(torch.ones(16))),
        r"a weight of shape \(16,\); it must be \(",
    ),
    (
        lambda: made_with(set_weight(torch.full((16, 16), 6e4, dtype=torch.float16))),
        "the weights of Linear 0 may grow to 7.62e.04 in sleep, which torch.float16 does not store",
    ),
    (
        lambda: nn.Sequential(nn.Linear(0, 4)),
        r"layer 0 .* has a weight of shape \(4, 0\); a layer that sleeps has at least one input",
    ),
    (
        lambda: nn.Sequential(plain(), nn.ReLU(), nn.Linear(12, 5)),
        "layer 2 of the model, Linear, takes 12 inputs; the Linear before it has 16 neurons",
    ),
    (
        lambda: nn.Sequential(plain(), nn.Sequential(nn.ReLU(), nn.Tanh())),
        "layer 1.1 of the model, Tanh, saturates",
    ),
]


@pytest.mark.filterwarnings("ignore:torch.nn.utils.weight_norm", "ignore:Initializing zero")
@pytest.mark.parametrize(("build", "message"), NOT_SLEEPABLE)
def test_what_cannot_sleep_is_refused_by_name_before_the_night(build, message, monkeypatch):
    def no_night(*_):
        raise AssertionError("the night began")

    monkeypatch.setattr(torch_model, "run_night", no_night)
    with pytest.raises(ValueError, match=message):
        consolidation.put_to_sleep(build(), made_night())


def untie(model):
    model[2].weight = nn.Parameter(model[2].weight.detach().clone())


@pytest.mark.filterwarnings("ignore:torch.nn.utils.weight_norm")
@pytest.mark.parametrize(
    ("build", "mend"),
    [
        (
            lambda: made_with(parametrizations.weight_norm),
            lambda model: parametrize.remove_parametrizations(model[0], "weight"),
        ),
        (
            lambda: made_with(lambda layer: prune.l1_unstructured(layer, "weight", 0.5)),
            lambda model: prune.remove(model[0], "weight"),
        ),
        (
            lambda: made_with(nn.utils.weight_norm),
            lambda model: nn.utils.remove_weight_norm(model[0], "weight"),
        ),
        (
            lambda: made_with(nn.utils.spectral_norm),
            lambda model: nn.utils.remove_spectral_norm(model[0], "weight"),
        ),
        (used_twice, lambda model: model.__setitem__(2, copy.deepcopy(model[2]))),
        (tied_weights, untie),
        (transposed_weights, untie),
        (lambda: nn.Sequential(nn.LazyLinear(4)), lambda model: model(torch.ones(1, 16))),
    ],
)
def test_the_advice_of_a_refusal_helps(build, mend):
    model = build()
    with pytest.raises(ValueError):  # noqa: PT011 - of the test above
        linear_layers(model)
    mend(model)
    weights = [layer.weight.detach().clone() for layer in linear_layers(model)]
    morning = consolidation.put_to_sleep(model, made_night())
    for before, layer in zip(weights, linear_layers(morning), strict=True):
        assert (layer.weight != before).any()


def test_layers_without_weights_may_be_used_twice_and_be_nested():
    torch.manual_seed(0)
    relu, drop = nn.ReLU(inplace=True), nn.Dropout(0.3)
    first, second, third = nn.Linear(16, 12), nn.Linear(12, 8), nn.Linear(8, 5)
    nested = nn.Sequential(
        nn.Flatten(),
        nn.Sequential(OrderedDict(inner=first, act=relu, drop=drop)),
        nn.Sequential(nn.Sequential(second)), relu, drop, third, relu,
    )  # fmt: skip
    flat = nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), third)
    one, two = (consolidation.put_to_sleep(model, made_night()) for model in (nested, flat))
    assert isinstance(one[1][1], nn.ReLU)
    assert one[1][1] is one[3]
    for name, place in (("1.inner", 0), ("2.0.0", 2), ("5", 4)):
        assert (one.get_submodule(name).weight == two[place].weight).all()
        assert (two[place].weight != flat[place].weight).any()
    x = torch.rand(3, 4, 4)
    activities = [linear_outputs(model, x.reshape(3, *shape)) for model, shape in
                  ((nested, (4, 4)), (flat, (16,)))]  # fmt: skip
    for nested_activity, flat_activity in zip(*activities, strict=True):
        assert nested_activity == pytest.approx(flat_activity)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_the_type_of_a_model_is_kept(dtype):
    model = made_model(bias=True).to(dtype)
    morning = consolidation.put_to_sleep(model, made_night())
    # The weights that sleep are those of the type, and are rounded to it afterwards.
    wide = consolidation.put_to_sleep(copy.deepcopy(model).double(), made_night())
    for one, two in zip(morning.parameters(), wide.parameters(), strict=True):
        assert one.dtype == dtype
        assert (one == two.to(dtype)).all()
    outputs = linear_outputs(model, torch.rand(7, 4, 4))
    assert outputs[0].dtype == (np.float64 if dtype == torch.float64 else np.float32)


def test_a_model_keeps_what_sleep_does_not_change():
    model = made_model(bias=True)
    model[1].weight.requires_grad_(False)
    model[3].eval()
    # Every second column of a larger matrix, and one bias for both layers.
    model[1].weight = nn.Parameter(torch.randn(12, 32)[:, ::2], requires_grad=False)
    model.append(nn.ReLU()).append(nn.Linear(5, 12))
    model[6].bias = model[1].bias
    with pytest.raises(ValueError, match=r"1.bias and 6.bias are one bias, .*biases='keep'"):
        consolidation.put_to_sleep(model, made_night())
    morning = consolidation.put_to_sleep(model, made_night(), biases="keep")
    assert [layer.training for layer in morning] == [True, True, True, False, True, True, True]
    assert [values.requires_grad for values in morning.parameters()] == [False, *[True] * 4]
    assert morning[6].bias is morning[1].bias
    assert (morning[1].weight != model[1].weight).any()
    linear_outputs(model, torch.rand(7, 4, 4))
    assert [layer.training for layer in model] == [True, True, True, False, True, True, True]


def test_weights_that_are_parts_of_one_memory_sleep_apart():
    model = made_with(lambda layer: None)
    memory = torch.randn(2, 16, 16)
    for place, values in zip((0, 2), memory, strict=True):
        model[place].weight = nn.Parameter(values)
    morning, expected = (
        consolidation.put_to_sleep(one, made_night()) for one in (model, copy.deepcopy(model))
    )
    for one, two in zip(morning.parameters(), expected.parameters(), strict=True):
        assert (one == two).all()


def test_a_hook_on_all_modules_is_refused_before_the_night():
    handle = nn.modules.module.register_module_forward_hook(lambda module, x, y: 2 * y)
    try:
        with pytest.raises(ValueError, match="forward hooks are registered for all modules"):
            consolidation.put_to_sleep(made_model(), made_night())
    finally:
        handle.remove()


def test_steps_that_the_type_of_the_weights_does_not_store_are_refused():
    model = made_model()
    with torch.no_grad():
        for values in model.parameters():
            values *= 1e-6
    with pytest.raises(
        ValueError, match=r"Linear 0 change in sleep by steps of .*float16 does not"
    ):
        consolidation.put_to_sleep(model.half(), made_night())


def test_a_model_that_cannot_be_copied_is_refused_before_the_night():
    model = made_model()
    model.lock = threading.Lock()
    with pytest.raises(ValueError, match="the model cannot be copied: cannot pickle"):
        consolidation.put_to_sleep(model, made_night())


def test_inputs_that_a_model_cannot_take_are_refused():
    with pytest.raises(ValueError, match=r"x has shape \(7, 15\); the model cannot take it: mat1"):
        linear_outputs(made_model(), torch.rand(7, 15))
    with pytest.raises(ValueError, match="x is a ndarray; it must be a torch.Tensor"):
        linear_outputs(made_model(), np.ones((7, 16)))


def test_other_things_are_refused():
    silent = sleep.Night(steps=10, drive=sleep.Poisson(rates=0.0), seed=0)
    with pytest.raises(ValueError, match="night.drive.rates are 0 everywhere"):
        consolidation.put_to_sleep(made_model(), silent)
    with pytest.raises(ValueError, match=r"maxima has shape \(3,\); it must have shape \(2,\)"):
        consolidation.put_to_sleep(made_model(), made_night(), maxima=[1, 2, 3])


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
