import copy
import multiprocessing

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

import loihi_sleep as ls
from loihi_sleep.consolidation.torch_chain import find_chain
from loihi_sleep.consolidation.torch_folding import fold
from loihi_sleep.run.select import select

# Nothing fires, so that nothing is learned; and float numerics rounds nothing.
NOTHING = ls.ChipSleep(threshold_factors=(1000,))
FLOAT = select("compiled", "float")


def made_night(inputs=16, steps=60):
    return ls.Night(steps=steps, drive=ls.Poisson(rates=np.linspace(0, 0.5, inputs)), seed=3)


class OwnForward(nn.Module):
    """A backbone, nested layers, functions and methods."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.hidden = nn.Sequential(nn.Sequential(nn.Linear(16, 12), nn.Identity()))
        self.deep = nn.ModuleList([nn.Linear(12, 8), nn.Linear(8, 8)])
        self.out = nn.Linear(8, 5)

    def forward(self, x, scale=None):
        if x.dim() == 3:
            x = x.unsqueeze(1)
        x = functional.relu(self.conv(x)).mean(1)
        size = 1
        for each in x.size()[1:]:
            size *= each
        x = functional.relu(self.hidden(x.view(-1, size)))
        for layer in self.deep:
            x = functional.dropout(layer(x).relu(), 0.2, self.training)
        x = x if scale is None else x * scale
        return functional.log_softmax(self.out(x), dim=1)


def test_a_chain_is_found_in_a_forward_of_ones_own():
    torch.manual_seed(0)
    model = OwnForward()
    names = ("hidden.0.0", "deep.0", "deep.1", "out")
    assert ls.sleeping_layers(model) == names
    assert ls.sleeping_layers(model, "hidden") == names[:1]
    assert ls.sleeping_layers(model, ["deep.1", "out"]) == names[2:]
    assert ls.sleeping_layers(model, "out") == names[3:]
    slept = ls.put_to_sleep(model, made_night())
    for name, values in slept.named_parameters():
        changed = (values != model.get_parameter(name)).any()
        assert changed == (not name.startswith("conv")), name
    head = ls.put_to_sleep(model, made_night(8), layers=["deep.1", "out"])
    assert (head.deep[1].weight != model.deep[1].weight).any()
    assert (head.deep[0].weight == model.deep[0].weight).all()


def test_what_the_chain_hears_and_answers_is_recorded():
    torch.manual_seed(0)
    model = OwnForward().eval()
    x = torch.rand(6, 4, 4)
    with torch.no_grad():
        features = functional.relu(model.conv(x.unsqueeze(1))).mean(1).reshape(6, 16)
        first = functional.relu(model.hidden(features))
    assert ls.linear_inputs(model, x) == pytest.approx(features.numpy())
    outputs = ls.linear_outputs(model, x)
    assert [values.shape for values in outputs] == [(6, 12), (6, 8), (6, 8), (6, 5)]
    assert outputs[0] == pytest.approx(first.numpy(), abs=1e-6)


class Skipping(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.out = nn.Linear(16, 16), nn.Linear(16, 16), nn.Linear(16, 3)

    def forward(self, x):
        x = torch.relu(self.first(x))
        return self.out(torch.relu(x + torch.relu(self.second(x))))


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode, self.decode = nn.Linear(16, 4), nn.Linear(4, 16)

    def forward(self, x):
        hidden = torch.relu(self.encode(x))
        return self.decode(hidden) + functional.linear(hidden, self.encode.weight.t())


class Deciding(nn.Module):
    def __init__(self):
        super().__init__()
        self.classifier = nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 3))

    def forward(self, x):
        return self.classifier(x if x.sum() > 0 else -x)


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(16, 3)

    def forward(self, x):
        return self.out(x), x


class Lending(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.out = nn.Linear(16, 16), nn.Linear(16, 16)

    def forward(self, x):
        hidden = torch.relu(self.first(functional.linear(x, self.out.weight)))
        return self.out(hidden)


def test_a_chain_ends_where_a_branch_begins():
    assert ls.sleeping_layers(Skipping()) == ("out",)
    assert ls.sleeping_layers(Skipping(), ["second"]) == ("second",)


def chained(*between):
    return nn.Sequential(nn.Linear(16, 8), *between, nn.Linear(8, 3))


def normalizing_by(variance):
    norm = nn.BatchNorm1d(8)
    norm.running_var.fill_(variance)
    return norm


@pytest.mark.parametrize(
    ("model", "layers", "message"),
    [
        (
            chained(nn.Sigmoid()),
            None,
            r"layer 1 of the model, Sigmoid, saturates, .* ReLU there, .* layers=\['2'\]",
        ),
        (chained(nn.GELU()), None, "layer 1 of the model, GELU, passes values below 0"),
        (chained(nn.LeakyReLU()), None, "layer 1 of the model, LeakyReLU, passes values below 0"),
        (chained(nn.ReLU6()), None, "layer 1 of the model, ReLU6, saturates"),
        (
            chained(nn.LayerNorm(8), nn.ReLU()),
            None,
            "layer 1 of the model, LayerNorm, normalizes each sample by itself",
        ),
        (chained(nn.Softmax(1)), None, "layer 1 of the model, Softmax, compares neurons"),
        (
            chained(nn.BatchNorm1d(8)),
            None,
            "layer 2 of the model, Linear, follows a Linear without",
        ),
        (
            chained(nn.ReLU(), nn.BatchNorm1d(8), nn.ReLU()),
            None,
            "layer 1 of the model, ReLU, and the ReLU after it have a BatchNorm between them",
        ),
        (
            chained(nn.BatchNorm1d(8, track_running_stats=False), nn.ReLU()),
            None,
            "layer 1 of the model, BatchNorm1d, keeps no running statistics",
        ),
        (
            chained(nn.BatchNorm1d(9), nn.ReLU()),
            None,
            "layer 1 of the model, BatchNorm1d, is of 9 features, and hears 8 of layer 0 of the m",
        ),
        (
            nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.BatchNorm1d(9), nn.Linear(8, 3)),
            None,
            "layer 2 of the model, BatchNorm1d, is of 9 features, and hears 8 of layer 3 of the m",
        ),
        (
            chained(normalizing_by(-1.0), nn.ReLU()),
            None,
            "layer 1 of the model, BatchNorm1d, has a running_var below 0",
        ),
        (
            nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.BatchNorm1d(8), nn.Linear(8, 3, False)),
            None,
            "layer 3 of the model, Linear, has no bias, and a BatchNorm before it",
        ),
        (
            nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.BatchNorm1d(8)),
            None,
            "layer 1 of the model, ReLU, comes before a BatchNorm that no Linear follows",
        ),
        (Tied(), None, "the call of add in the forward of Tied cannot sleep"),
        (Lending(), None, "layer out of the model, Linear, lends its weight to another call"),
        (Deciding(), None, "the forward of Deciding cannot be traced .*layers='classifier'"),
        (Pair(), None, "the model returns .*, not one tensor"),
        (Deciding(), "classifier.3", r"layers names 'classifier.3', .* are 'classifier.0', 'cl"),
        (Skipping(), ["first", "out"], "layers names 'first', 'out'; before 'out' come no Linear"),
        (OwnForward(), ["conv"], "layers names 'conv', a Conv2d; each must be a Linear"),
        (chained(nn.ReLU()), ["0", "0"], "layers names '0' twice; each must be there once"),
        (
            nn.Conv2d(1, 1, 1),
            None,
            "the model has no nn.Linear, and ends with the .*: nothing of it",
        ),
        (torch.jit.script(chained(nn.ReLU())), None, r"the model is scripted \(torch.jit\)"),
        (nn.DataParallel(chained(nn.ReLU())), None, "is a DataParallel .* use model.module"),
    ],
)
def test_what_cannot_sleep_says_why_and_what_to_do(model, layers, message):
    with pytest.raises(ValueError, match=message):
        ls.put_to_sleep(model, made_night(), layers=layers)


def test_a_compiled_model_says_which_one_to_use():
    model = torch.compile(chained(nn.ReLU()))
    # tests/conftest.py keeps it from starting any.
    assert not multiprocessing.active_children()
    with pytest.raises(ValueError, match=r"is a OptimizedModule .* use model\._orig_mod"):
        ls.put_to_sleep(model, made_night())


def test_a_forward_that_cannot_be_traced_sleeps_by_the_name_of_a_part():
    model = Deciding()
    slept = ls.put_to_sleep(model, made_night(), layers="classifier")
    assert (slept.classifier[0].weight != model.classifier[0].weight).any()


def normalized(before=True, after=True, affine=True, bias=True):
    """BatchNorms before and after a ReLU, whose statistics are those of some data."""
    torch.manual_seed(0)
    layers = [nn.Linear(16, 12, bias=bias)]
    layers += [nn.BatchNorm1d(12, affine=affine)] if before else []
    layers += [nn.ReLU(), nn.Dropout(0.1)]
    layers += [nn.BatchNorm1d(12, affine=affine)] if after else []
    model = nn.Sequential(*layers, nn.Linear(12, 5), nn.BatchNorm1d(5), nn.LogSoftmax(1))
    with torch.no_grad():
        for values in model.parameters():
            values += 0.3 * torch.randn_like(values)
    for _ in range(20):
        model(torch.rand(32, 16))
    return model.eval()


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("biases", ["follow", "keep"])
def test_batch_norms_are_folded_and_unfolded(before, after, affine, bias, biases):
    model = normalized(before, after, affine, bias)
    slept = ls.put_to_sleep(model, made_night(), FLOAT, form=NOTHING, biases=biases)
    x = torch.rand(50, 16)
    assert (slept(x) - model(x)).abs().max() < 1e-5
    assert slept.state_dict().keys() == model.state_dict().keys()
    # And with real learning the layers compute what the folded weights say.
    slept = ls.put_to_sleep(model, made_night(), biases=biases)
    assert (slept(x) - model(x)).abs().max() > 1e-3
    activity = x.double().numpy()
    for place, link in enumerate(fold(find_chain(slept))):
        activity = activity @ link.weights.T + link.biases
        activity = activity if place else np.maximum(activity, 0)
    expected = torch.log_softmax(torch.from_numpy(activity), 1)
    assert (slept(x) - expected).abs().max() < 1e-4


def test_a_row_that_a_batch_norm_silences_keeps_its_weights():
    model = normalized()
    with torch.no_grad():
        model[1].weight[3] = 0
    slept = ls.put_to_sleep(model, made_night())
    assert (slept[0].weight[3] == model[0].weight[3]).all()
    assert torch.isfinite(slept(torch.rand(5, 16))).all()


def test_inputs_above_and_below_0_are_on_and_off_neurons():
    torch.manual_seed(0)
    model = chained(nn.ReLU())
    rates = np.concatenate([np.linspace(0.1, 0.5, 16), np.zeros(16)])
    on_only = ls.Night(steps=60, drive=ls.Poisson(rates=rates), seed=3)
    signed = ls.Night(steps=60, drive=ls.Poisson(rates=rates[::-1].copy()), seed=3)
    slept, other = (ls.put_to_sleep(model, night) for night in (on_only, signed))
    assert (slept[0].weight != model[0].weight).any()
    assert (other[0].weight != slept[0].weight).any()
    # Nothing learned: nothing changed.
    same = ls.put_to_sleep(model, signed, FLOAT, form=NOTHING)
    assert torch.allclose(same[0].weight, model[0].weight)


def test_inputs_that_are_never_below_0_sleep_as_without_off_neurons():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(16, 3))
    raster = ls.Poisson(rates=np.linspace(0.1, 0.5, 16)).raster(16, 60, 1)
    plain, both = (
        ls.Night(steps=60, drive=ls.Raster(values), seed=3)
        for values in (raster, np.hstack([raster, np.zeros_like(raster)]))
    )
    one, two = (ls.put_to_sleep(model, night, FLOAT, maxima=[1.0]) for night in (plain, both))
    assert (one[0].weight != model[0].weight).any()
    assert torch.allclose(one[0].weight, two[0].weight, atol=0.05)


def test_inputs_below_0_change_weights_as_those_above_0_do_of_a_mirrored_model():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(16, 3, bias=False))
    mirrored = copy.deepcopy(model)
    with torch.no_grad():
        mirrored[0].weight.neg_()
    raster = ls.Poisson(rates=np.linspace(0.1, 0.5, 16)).raster(16, 60, 1)
    silent = np.zeros_like(raster)
    above, below = (
        ls.Night(steps=60, drive=ls.Raster(np.hstack(halves)), seed=3)
        for halves in ((raster, silent), (silent, raster))
    )
    slept = ls.put_to_sleep(model, above, FLOAT, maxima=[1.0])
    other = ls.put_to_sleep(mirrored, below, FLOAT, maxima=[1.0])
    assert (slept[0].weight != model[0].weight).any()
    assert torch.allclose(other[0].weight, -slept[0].weight)


def test_a_model_of_inference_mode_sleeps_as_a_copy():
    with torch.inference_mode():
        model = chained(nn.ReLU())
    with pytest.raises(ValueError, match="layer 0 .* was made in inference mode, .* leave out in_"):
        ls.put_to_sleep(model, made_night(), in_place=True)
    assert (ls.put_to_sleep(model, made_night())[0].weight != model[0].weight).any()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"threshold_factors": (1, 2, 3)}, "form.threshold_factors has 3 values; 2 layers sleep"),
        ({"depression": (1, 2, 1)}, "form.depression has 3 values; 2 layers sleep: give one value"),
    ],
)
def test_no_value_by_layer_is_passed_over(values, message):
    with pytest.raises(ValueError, match=message):
        ls.put_to_sleep(chained(nn.ReLU()), made_night(), form=ls.ChipSleep(**values))


def test_maxima_may_be_a_tensor_of_a_graph():
    torch.manual_seed(0)
    model, maxima = chained(nn.ReLU()), torch.ones(2, requires_grad=True)
    one, two = (ls.put_to_sleep(model, made_night(), maxima=m) for m in (maxima, [1.0, 1.0]))
    assert (one[0].weight == two[0].weight).all()


def test_a_model_sleeps_in_place():
    torch.manual_seed(0)
    model = chained(nn.ReLU())
    expected = ls.put_to_sleep(model, made_night())
    weight = model[0].weight
    assert ls.put_to_sleep(model, made_night(), in_place=True) is model
    assert model[0].weight is weight
    assert all(
        (a == b).all() for a, b in zip(model.parameters(), expected.parameters(), strict=True)
    )


def test_output_biases_become_equal_and_hidden_ones_follow_activity():
    torch.manual_seed(0)
    model = chained(nn.ReLU())
    slept = ls.put_to_sleep(model, made_night(steps=200))
    assert (slept[2].bias == slept[2].bias[0]).all()
    assert slept[2].bias[0].item() == pytest.approx(model[2].bias.mean().item())
    ratio = slept[0].bias / model[0].bias
    assert (ratio <= 1).all()
    assert ratio.detach().numpy() == pytest.approx(ratio[0].item(), rel=1e-5)
    kept = ls.put_to_sleep(model, made_night(steps=200), biases="keep")
    assert (kept[0].bias == model[0].bias).all()


class Twice(nn.Module):
    """Two Linear layers and something between; it asks one of them for the type of its weight."""

    def __init__(self, between):
        super().__init__()
        self.first, self.last, self.between = nn.Linear(6, 6), nn.Linear(6, 3), between

    def forward(self, x):
        x = x.to(self.last.weight.dtype).to(self.first.weight.device)
        return self.last(self.between(self.first(x)))


@pytest.mark.parametrize(
    "between",
    [
        lambda x: x.clamp(min=0),
        lambda x: x.clamp(0),
        lambda x: torch.clamp_min(x, 0.0),
        lambda x: functional.threshold(x, 0, 0),
        nn.Threshold(0, 0),
        lambda x: functional.relu(x).detach().to(torch.float32),
    ],
)
def test_a_relu_by_another_name_is_one(between):
    assert ls.sleeping_layers(Twice(between)) == ("first", "last")


@pytest.mark.parametrize(
    ("between", "message"),
    [
        (nn.Hardshrink(), "layer between of the model, Hardshrink, is no ReLU"),
        (nn.Threshold(1, 0), "Threshold, is no ReLU"),
        (torch.sin, "call of sin in the forward of Twice is no ReLU.*layers=..last"),
        (lambda x: x.clamp(0, 1), "call of clamp in the forward of Twice is no ReLU"),
        (lambda x: x.clamp(max=0), "call of clamp in the forward of Twice is no ReLU"),
        (lambda x: functional.glu(torch.relu(x)), "call of glu in the forward of Twice is no ReLU"),
        (lambda x: 2 * torch.relu(x), "call of mul in the forward of Twice is no ReLU"),
        (lambda x: torch.sigmoid(x.clamp(0)), "call of sigmoid .* saturates"),
    ],
)
def test_other_functions_between_linear_layers_are_refused(between, message):
    with pytest.raises(ValueError, match=message):
        ls.sleeping_layers(Twice(between))


def test_a_branch_between_linear_layers_ends_the_chain():
    assert ls.sleeping_layers(Twice(lambda x: torch.relu(x) + x)) == ("last",)
