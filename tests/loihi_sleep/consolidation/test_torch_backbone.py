"""Convolutions before the layers that sleep, as static spiking layers."""

import numpy as np
import pytest
import torch
from lava.proc.io.source import RingBuffer
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations, prune, spectral_norm

import loihi_sleep as ls
from loihi_sleep import networks
from loihi_sleep.consolidation import torch_model
from loihi_sleep.consolidation.torch_backbone import SpikingBackbone
from loihi_sleep.consolidation.torch_chain import find_chain
from loihi_sleep.processes.spike_probe.process import SpikeProbe
from loihi_sleep.run.session import Session

SAMPLES = torch.rand(20, 1, 8, 12, generator=torch.Generator().manual_seed(0)) ** 2


def made_model(*backbone, inputs=32):
    torch.manual_seed(0)
    head = [nn.Flatten(), nn.Linear(inputs, 10), nn.ReLU(), nn.Linear(10, 4)]
    return nn.Sequential(*backbone, *head).eval()


def example():
    torch.manual_seed(1)
    norm = nn.BatchNorm2d(6)
    norm.running_mean, norm.running_var = torch.randn(6) / 10, 0.5 + torch.rand(6)
    return made_model(
        nn.Conv2d(1, 6, 3, padding="same"), norm, nn.ReLU(), nn.Dropout(), nn.AvgPool2d(2),
        nn.Conv2d(6, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(2),
    )  # fmt: skip


def made_backbone(model, samples=SAMPLES):
    return SpikingBackbone(model, find_chain(model)[0], samples)


class InItsForward(nn.Module):
    """The same as a forward that calls functions, with a branch if asked for."""

    def __init__(self, pool, branched=False):
        super().__init__()
        self.conv, self.head = nn.Conv2d(1, 6, 3, padding=1), nn.Linear(144, 4)
        self.pool, self.branched = pool, branched

    def forward(self, x):
        maps = self.pool(functional.relu(self.conv(x)), 2)
        if self.branched:
            maps = maps + maps
        return self.head(maps.view(x.size(0), -1))


def counts_of(network, numerics, rates, steps):
    """Spikes of the last convolution, shape (columns, rows, channels)."""
    spikes = np.random.default_rng(0).random((steps, rates.size)) < rates
    processes = network.build(numerics)
    source = RingBuffer(data=spikes.T.astype(int))
    processes.connect_input(source.s_out)
    probe = SpikeProbe(shape=processes.neurons[-1].s_out.shape)
    processes.neurons[-1].s_out.connect(probe.s_in)
    with Session(source, ls.select(numerics=numerics)) as session:
        session.run(steps)
        return session.get(probe.count).reshape(network.layers[-1].shape[::-1])


@pytest.mark.parametrize("numerics", ["float", "fixed"])
def test_spike_rates_follow_activations(numerics):
    model, steps, rate = example(), 1500, 0.5
    backbone = made_backbone(model)
    network = backbone.before(None, numerics, rate)
    # Pooling is part of the convolution behind it; the last one has neurons of its own.
    assert [layer.weights.shape for layer in network.layers] == [
        (6, 1, 3, 3), (8, 6, 6, 6), (8, 1, 1, 2),
    ]  # fmt: skip
    image = SAMPLES[0].numpy().ravel() / backbone.largest_input
    counts = counts_of(network, numerics, rate * image, steps)
    found = counts.transpose(2, 1, 0).ravel() / steps
    with torch.no_grad():
        wanted = model[:9](SAMPLES[:1]).numpy().ravel() / backbone.largest
    assert np.corrcoef(found, wanted)[0, 1] > 0.97
    # Neurons that begin anew from 0 lose what was above the threshold.
    assert 0.5 < found.sum() / (rate * wanted.sum()) < 1


def test_rates_follow_activations_by_map_where_images_are_sparse(monkeypatch):
    images = (torch.rand(50, 1, 8, 8, generator=torch.Generator().manual_seed(0)) < 0.1).float()
    torch.manual_seed(1)
    model = made_model(nn.Conv2d(1, 6, 3), nn.ReLU(), inputs=216)
    with torch.no_grad():
        model[0].bias.copy_(torch.linspace(0.1, 0.4, 6))
    mean = images.mean(0)
    rates, steps = 0.4 * mean.numpy().ravel(), 2000
    night = ls.Night(steps=steps, drive=ls.Poisson(rates), seed=0)
    slept = []
    monkeypatch.setattr(torch_model, "run_night", lambda sleeper, *_: slept.append(sleeper))
    for options in ({"max_rate": 0.4}, {}):
        with pytest.raises(AttributeError):  # the night that is not there
            ls.put_to_sleep(model, night, backbone=images, **options)
    with torch.no_grad():
        wanted = (
            model[:2](mean[None])[0].mean((1, 2)).numpy() / made_backbone(model, images).largest
        )
    found = [
        counts_of(networks.ConvolutionalNetwork(each.layers), "fixed", rates, steps).mean((0, 1))
        / (0.4 * steps * wanted)
        for each in slept
    ]
    assert (found[0] > 0.85).all()
    assert (found[0] < 1).all()
    assert (found[1] < 0.5).all()
    with pytest.raises(ValueError, match=r"max_rate is 0.01; it is the rate of the largest input"):
        ls.put_to_sleep(model, night, backbone=images, max_rate=0.01)


def test_the_head_sleeps_on_what_the_backbone_spikes():
    model = example()
    night = ls.Night(steps=60, drive=ls.Poisson(0.5 * SAMPLES.mean(0).numpy().ravel()), seed=0)
    slept = ls.put_to_sleep(model, night, backbone=SAMPLES)
    for name, values in model.state_dict().items():
        is_head = name.startswith(("9.", "11."))
        assert (values != slept.state_dict()[name]).any() == is_head, name


@pytest.mark.lava
@pytest.mark.parametrize("numerics", ["float", "fixed"])
def test_lava_and_the_engine_give_the_same_model(numerics):
    model = example()
    night = ls.Night(steps=40, drive=ls.Poisson(np.full(96, 0.4)), seed=0)
    lava, compiled = (
        ls.put_to_sleep(model, night, ls.select(engine, numerics), backbone=SAMPLES)
        for engine in ("lava", "compiled")
    )
    assert (compiled[9].weight != model[9].weight).any()
    for one, two in zip(lava.parameters(), compiled.parameters(), strict=True):
        assert (one == two).all()


def test_a_forward_of_functions_is_followed():
    model = InItsForward(functional.avg_pool2d)
    backbone = made_backbone(model)
    assert backbone.inputs == 96
    with torch.no_grad():
        maps = functional.avg_pool2d(torch.relu(model.conv(SAMPLES)), 2)
    np.testing.assert_allclose(backbone.means, maps.mean(0).flatten().numpy(), rtol=1e-5)
    assert backbone.largest == pytest.approx(float(maps.max()))


class NamedInput(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv2d(1, 2, 3), nn.Linear(120, 4)

    def forward(self, x):
        return self.head(input=functional.relu(self.conv(x)).flatten(1))


def test_a_head_may_take_its_input_by_name():
    backbone = made_backbone(NamedInput())
    assert backbone.means.shape == (120,)
    assert backbone.means.max() > 0


def test_pooling_that_a_convolution_cannot_take_in_has_neurons_of_its_own():
    # Windows of 3 leave a rest of the 8 rows, and the zeros beside them would be that rest.
    model = made_model(nn.AvgPool2d(3), nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), inputs=16)
    layers = made_backbone(model).before(None, "fixed", 0.5).layers
    assert [layer.weights.shape[2:] for layer in layers] == [(3, 3), (3, 3)]


class Between(nn.Module):
    """Two convolutions, and something between them."""

    def __init__(self, between=lambda maps: maps):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 3, 3)
        self.head, self.between = nn.Linear(180, 4), between

    def forward(self, x):
        maps = self.between(functional.relu(self.first(x)))
        features = self.second(maps).clamp(min=0).flatten(1)
        return self.head(features.to(self.head.weight.dtype))


def made_between(*between):
    torch.manual_seed(0)
    return Between(*between)


def pruned():
    model = made_between()
    prune.l1_unstructured(model.first, "weight", 0.5)
    model.second = spectral_norm(model.second)
    return model


def normalized():
    model = made_between()
    parametrizations.weight_norm(model.first)
    return model


def doubled_pool():
    model = example()
    model[4].register_forward_hook(lambda module, given, maps: 2 * maps)
    return model


def hooked(hook):
    model = made_between()
    model.first.register_forward_hook(hook)
    return model


@pytest.mark.parametrize(
    "model",
    [
        made_between(lambda maps: maps.view(-1, 4, 8, 12).detach().float()),
        pruned(),
        normalized(),
        hooked(lambda *_: None),
    ],
)
def test_what_a_model_computes_is_what_its_layers_do(model):
    modes = [module.training for module in model.modules()]
    backbone = made_backbone(model)
    assert [module.training for module in model.modules()] == modes
    with torch.no_grad():
        maps = functional.relu(model.eval().second(functional.relu(model.first(SAMPLES))))
    np.testing.assert_allclose(backbone.means, maps.mean(0).flatten(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "model",
    [
        made_between(lambda maps: maps.reshape(-1, 4, 12, 8)),
        made_between(
            lambda maps: functional.avg_pool2d(maps, 3, 1, 1) if maps.size(2) > 100 else maps
        ),
        hooked(lambda module, given, maps: 2 * maps),
        doubled_pool(),
    ],
)
def test_what_the_layers_do_not_compute_is_refused(model):
    with pytest.raises(ValueError, match="does not compute what the model hands to it .*leave out"):
        made_backbone(model)


def silent():
    conv = nn.Conv2d(1, 6, 3, padding=1)
    nn.init.constant_(conv.bias, -100)
    return conv


CONV = nn.Conv2d(1, 6, 3, padding=1)
FULL = 6 * 96


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (made_model(CONV, nn.ReLU(), nn.MaxPool2d(2), inputs=144),
         "layer 2 of the model, MaxPool2d, takes the largest value .* train with AvgPool2d in its"),
        (InItsForward(functional.max_pool2d), "takes the largest value of each window"),
        (InItsForward(functional.avg_pool2d, branched=True), "only a chain can spike"),
        (made_model(CONV, nn.AvgPool2d(2), nn.ReLU(), inputs=144), "Conv2d, has no ReLU right be"),
        (made_model(CONV, inputs=FULL), "layer 0 of the model, Conv2d, has no ReLU right behind"),
        (made_model(CONV, nn.ReLU(), nn.BatchNorm2d(6), inputs=FULL), "has a BatchNorm behind it"),
        (made_model(nn.BatchNorm2d(1), CONV, nn.ReLU(), inputs=FULL), "comes before all convol"),
        (made_model(CONV, nn.BatchNorm2d(6, track_running_stats=False), nn.ReLU(), inputs=FULL),
         "has no running statistics"),
        (made_model(CONV, nn.GELU(), inputs=FULL), "GELU, cannot become spiking; Conv2d, Batch"),
        (made_model(nn.Conv2d(1, 6, 3, padding=1, padding_mode="circular"), nn.ReLU(), inputs=FULL),
         "^layer 0 of the model, Conv2d, pads by 'circular'"),
        (made_model(nn.Conv2d(1, 6, 2, padding="same"), nn.ReLU(), inputs=FULL),
         "pads one side more than the other; take a kernel of odd size"),
        (made_model(nn.AdaptiveAvgPool2d(5), inputs=25), "means over windows of several sizes"),
        (made_model(nn.AvgPool2d(3, padding=1, count_include_pad=False), inputs=12),
         "means of other numbers of values at its edges"),
        (made_model(nn.Flatten(), inputs=96), "nothing comes before 2 that could spike"),
        (made_between(lambda maps: functional.conv2d(maps, torch.ones(4, 4, 1, 1))),
         "the call of conv2d takes weights that are no layer's; use nn.Conv2d"),
        (made_model(silent(), nn.ReLU(), inputs=FULL), "^layer 0 of the model, Conv2d, is silent"),
    ],
)  # fmt: skip
def test_what_cannot_spike_is_refused_by_name(model, message):
    with pytest.raises(ValueError, match=message):
        made_backbone(model)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (SAMPLES.numpy(), "must be a torch.Tensor of samples"),
        (SAMPLES[0], r"backbone has shape \(1, 8, 12\); it must be samples of shape"),
        (SAMPLES - 0.5, "below 0, or 0 everywhere"),
        (0 * SAMPLES, "below 0, or 0 everywhere"),
        (SAMPLES + 0j, "a tensor that is complex; it must hold real numbers"),
        (SAMPLES.to_sparse(), "a tensor that is torch.sparse_coo"),
        (SAMPLES.to("meta"), "a tensor that is meta"),
        (SAMPLES[:, :, :4], "layer 5 of the model, Conv2d, cannot become spiking: Calcul"),
    ],
)
def test_other_samples_are_refused(samples, message):
    with pytest.raises(ValueError, match=message):
        made_backbone(example(), samples)


@pytest.mark.parametrize(
    ("rates", "options", "message"),
    [
        (
            np.full(32, 0.1),
            {},
            r"must have shape \(96,\); with backbone the drive is that of the 96",
        ),
        (
            np.full(96, 0.1),
            {"bakbone": 1},
            "bakbone is no option for such a model; the options are",
        ),
        (np.full(192, 0.1), {}, "with backbone it must have 96, one for each input of the model"),
        (np.full(96, 0.1), {"input_range": (0, 1)}, "input_range is given, and so is backbone"),
    ],
)
def test_a_night_that_does_not_fit_is_refused(rates, options, message):
    night = ls.Night(steps=10, drive=ls.Poisson(rates), seed=0)
    with pytest.raises(ValueError, match=message):
        ls.put_to_sleep(example(), night, backbone=SAMPLES, **options)


class Deciding(nn.Module):
    """A decision by values, which no trace follows."""

    def __init__(self):
        super().__init__()
        self.conv, self.f = nn.Conv2d(1, 2, 3), nn.Linear(120, 4)

    def forward(self, x):
        return self.f(functional.relu(self.conv(x / 2 if x.max() > 1 else x)).flatten(1))


def test_a_forward_that_cannot_be_traced_has_no_backbone():
    night = ls.Night(steps=10, drive=ls.Poisson(np.full(96, 0.1)), seed=0)
    with pytest.raises(ValueError, match=r"cannot be traced \(.*\); leave out backbone, and what"):
        ls.put_to_sleep(Deciding(), night, layers=["f"], backbone=SAMPLES)


@pytest.mark.parametrize(("place", "name"), [(0, "0 of the model, Conv2d,"), (5, "Linear,")])
def test_a_bias_beyond_what_neurons_store_is_refused_by_its_layer(place, name):
    model = example()
    layer = model[0] if place == 0 else model[9]
    with torch.no_grad():
        layer.bias.fill_(1e7)
    if place == 0:
        model[1].running_mean.zero_()
    night = ls.Night(steps=10, drive=ls.Poisson(np.full(96, 0.1)), seed=0)
    with pytest.raises(
        ValueError, match=f"^layer .*{name} has a bias that is a current of .* decay"
    ):
        ls.put_to_sleep(model, night, backbone=SAMPLES, biases="keep")
