"""Convolutions before the layers that sleep, as static spiking layers."""

import numpy as np
import pytest
import torch
from lava.proc.io.source import RingBuffer
from torch import nn
from torch.nn import functional

import loihi_sleep as ls
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
    spikes = np.random.default_rng(0).random((steps, image.size)) < rate * image
    processes = network.build(numerics)
    source = RingBuffer(data=spikes.T.astype(int))
    processes.connect_input(source.s_out)
    probe = SpikeProbe(shape=processes.neurons[-1].s_out.shape)
    processes.neurons[-1].s_out.connect(probe.s_in)
    with Session(source, ls.select(numerics=numerics)) as session:
        session.run(steps)
        counts = session.get(probe.count)
    found = counts.reshape(2, 2, 8).transpose(2, 1, 0).ravel() / steps
    with torch.no_grad():
        wanted = model[:9](SAMPLES[:1]).numpy().ravel() / backbone.largest
    assert np.corrcoef(found, wanted)[0, 1] > 0.97
    # Neurons that begin anew from 0 lose what was above the threshold.
    assert 0.5 < found.sum() / (rate * wanted.sum()) < 1


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


def test_pooling_that_a_convolution_cannot_take_in_has_neurons_of_its_own():
    # Windows of 3 leave a rest of the 8 rows, and the zeros beside them would be that rest.
    model = made_model(nn.AvgPool2d(3), nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), inputs=16)
    layers = made_backbone(model).before(None, "fixed", 0.5).layers
    assert [layer.weights.shape[2:] for layer in layers] == [(3, 3), (3, 3)]


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
         "pads by 'circular'"),
        (made_model(nn.Conv2d(1, 6, 2, padding="same"), nn.ReLU(), inputs=FULL),
         "pads one side more than the other; take a kernel of odd size"),
        (made_model(nn.AdaptiveAvgPool2d(5), inputs=25), "means over windows of several sizes"),
        (made_model(nn.AvgPool2d(3, padding=1, count_include_pad=False), inputs=12),
         "means of other numbers of values at its edges"),
        (made_model(nn.Flatten(), inputs=96), "nothing comes before 2 that could spike"),
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
        (SAMPLES[:, :, :4], "layer 5 of the model, Conv2d, cannot become spiking: Calcul"),
    ],
)
def test_other_samples_are_refused(samples, message):
    with pytest.raises(ValueError, match=message):
        made_backbone(example(), samples)


@pytest.mark.parametrize(
    ("rates", "options", "message"),
    [
        (np.full(32, 0.1), {}, r"must have shape \(96,\)"),
        (np.full(192, 0.1), {}, "with backbone it must have 96, one for each input of the model"),
        (np.full(96, 0.1), {"input_range": (0, 1)}, "input_range is given, and so is backbone"),
    ],
)
def test_a_night_that_does_not_fit_is_refused(rates, options, message):
    night = ls.Night(steps=10, drive=ls.Poisson(rates), seed=0)
    with pytest.raises(ValueError, match=message):
        ls.put_to_sleep(example(), night, backbone=SAMPLES, **options)
