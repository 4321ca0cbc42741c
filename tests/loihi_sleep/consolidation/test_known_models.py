"""Models that people use, as their authors define them: each sleeps, or is refused with advice."""

import h5py
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

import loihi_sleep as ls


def night_of(inputs, steps=60):
    return ls.Night(steps=steps, drive=ls.Poisson(rates=np.linspace(0.1, 0.5, inputs)), seed=1)


class SimpleMLP(nn.Module):
    """Avalanche's layout."""

    def __init__(self):
        super().__init__()
        first = [nn.Linear(784, 64), nn.ReLU(inplace=True), nn.Dropout(0.5)]
        further = nn.Sequential(nn.Linear(64, 64), nn.ReLU(inplace=True), nn.Dropout(0.5))
        self.features = nn.Sequential(*first, further)
        self.classifier = nn.Linear(64, 10)

    def forward(self, x):
        x = x.contiguous()
        return self.classifier(self.features(x.view(x.size(0), 784)))


class SimpleCNN(nn.Module):
    """Avalanche's layout."""

    def __init__(self):
        super().__init__()
        layers = []
        for pre, post, size, padding in ((3, 32, 3, 1), (32, 32, 3, 0), (32, 64, 3, 1)):
            layers += [nn.Conv2d(pre, post, size, padding=padding), nn.ReLU(inplace=True)]
        layers += [nn.MaxPool2d(2), nn.Dropout(0.25), nn.AdaptiveMaxPool2d(1)]
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Linear(64, 10))

    def forward(self, x):
        x = self.features(x)
        return self.classifier(x.view(x.size(0), -1))


def num_flat_features(x):
    number = 1
    for size in x.size()[1:]:
        number *= size
    return number


class MNISTMLP(nn.Module):
    """Mammoth's layout: layers with several names, a choice of what is returned."""

    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(784, 100), nn.Linear(100, 100)
        self._features = nn.Sequential(self.fc1, nn.ReLU(), self.fc2, nn.ReLU())
        self.classifier = nn.Linear(100, 10)
        self.net = nn.Sequential(self._features, self.classifier)

    def forward(self, x, returnt="out"):
        features = self._features(x.view(-1, num_flat_features(x)))
        if returnt == "features":
            return features
        out = self.classifier(features)
        if returnt == "out":
            return out
        if returnt == "all":
            return out, features
        raise NotImplementedError("unknown")


def resnet18():
    from torchvision.models import resnet18

    return resnet18(num_classes=10)


def with_batch_norm():
    return nn.Sequential(
        nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10)
    )


def with_biases():
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


def nested():
    inner = nn.Sequential(nn.Sequential(nn.Linear(64, 32), nn.ReLU()), nn.Identity())
    return nn.Sequential(nn.Flatten(), nn.Sequential(inner, nn.Sequential(nn.Linear(32, 10))))


class WithLogSoftmax(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(64, 32), nn.Linear(32, 10)

    def forward(self, x):
        hidden = functional.dropout(functional.relu(self.fc1(x)), training=self.training)
        return functional.log_softmax(self.fc2(hidden), dim=-1)


class TiedAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = nn.Linear(64, 64), nn.Linear(64, 64)
        self.decoder.weight = self.encoder.weight

    def forward(self, x):
        return self.decoder(torch.relu(self.encoder(x)))


@pytest.mark.parametrize(
    ("build", "names", "inputs", "shape"),
    [
        (SimpleMLP, ("features.0", "features.3.0", "classifier"), 784, (1, 28, 28)),
        (SimpleCNN, ("classifier.0",), 64, (3, 16, 16)),
        (MNISTMLP, ("fc1", "fc2", "classifier"), 784, (28, 28)),
        (resnet18, ("fc",), 512, (3, 32, 32)),
        (with_batch_norm, ("0", "4"), 64, (64,)),
        (with_biases, ("0", "2"), 64, (64,)),
        (nested, ("1.0.0.0", "1.1.0"), 64, (8, 8)),
        (WithLogSoftmax, ("fc1", "fc2"), 64, (64,)),
    ],
)
def test_a_known_model_sleeps_and_nothing_else_of_it_changes(build, names, inputs, shape):
    torch.manual_seed(0)
    model, x = build(), torch.rand(8, *shape)
    assert ls.sleeping_layers(model) == names
    memory = ls.follow(model.train())
    functional.nll_loss(model(x), torch.arange(8) % 10).backward()
    assert memory.memory.mean_image.size == inputs
    model.eval()
    before = model(x)
    slept = ls.put_to_sleep(model, memory.night(60), maxima=memory.maxima)
    assert type(slept) is type(model)
    assert slept(x).shape == before.shape
    old = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    new = {**dict(slept.named_parameters()), **dict(slept.named_buffers())}
    changed = {name for name, values in new.items() if (values != old[name]).any()}
    weights = {f"{name}.weight" for name in names}
    assert {name for name in changed if not name.endswith("bias")} == weights


def test_tied_weights_are_refused_until_they_are_copied():
    model = TiedAutoencoder()
    with pytest.raises(ValueError, match=r"layer decoder of the model, Linear, .* give it a copy"):
        ls.put_to_sleep(model, night_of(64))
    model.decoder.weight = nn.Parameter(model.decoder.weight.detach().clone())
    assert ls.sleeping_layers(model) == ("encoder", "decoder")
    ls.put_to_sleep(model, night_of(64))


def sleep_as_spikes(path, dt):
    """The way of a spiking network that another tool wrote as NIR."""
    network, unit = ls.read_nir(path, dt=dt).in_weight_units(headroom=1.3)
    weights = ls.put_to_sleep(network.plastic("sleep_hebb"), night_of(network.sizes[0], 200))
    assert any((one != two).any() for one, two in zip(weights, network.weights, strict=True))
    return network.with_weights(weights).scaled(unit)


def test_a_network_of_snntorch_sleeps_by_way_of_nir(tmp_path):
    nir = pytest.importorskip("nir")
    snntorch = pytest.importorskip("snntorch", reason="snnTorch is not installed")
    # It needs nirtorch, which comes with neither.
    export = pytest.importorskip("snntorch.export_nir", reason="nirtorch is not installed")

    def leaky(neurons):
        return snntorch.Leaky(
            beta=torch.full((neurons,), 0.9), threshold=torch.full((neurons,), 0.3),
            reset_mechanism="zero", init_hidden=True,
        )  # fmt: skip

    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 32), leaky(32), nn.Linear(32, 10), leaky(10))
    with pytest.raises(ValueError, match=r"layer 1 of the model, Leaky, .* as NIR .*read_nir"):
        ls.put_to_sleep(model, night_of(64))
    nir.write(tmp_path / "theirs.nir", export.export_to_nir(model, torch.rand(64)))
    slept = sleep_as_spikes(tmp_path / "theirs.nir", dt=1e-4)
    assert slept.sizes == (64, 32, 10)


def test_a_recurrent_layer_of_snntorch_comes_by_way_of_nir(tmp_path):
    nir = pytest.importorskip("nir")
    snntorch = pytest.importorskip("snntorch", reason="snnTorch is not installed")
    # It needs nirtorch, which comes with neither.
    export = pytest.importorskip("snntorch.export_nir", reason="nirtorch is not installed")

    torch.manual_seed(0)
    alpha, beta, threshold = (torch.full((32,), value) for value in (0.7, 0.9, 1.0))
    layer = snntorch.RSynaptic(
        alpha, beta, threshold=threshold, linear_features=32, reset_mechanism="zero",
        init_hidden=True,
    )  # fmt: skip
    model = nn.Sequential(nn.Linear(64, 32), layer)
    nir.write(tmp_path / "theirs.nir", export.export_to_nir(model, torch.rand(64)))
    (read,) = ls.read_nir(tmp_path / "theirs.nir", dt=1e-4).layers
    assert (read.du, read.dv) == pytest.approx((0.3, 0.1))
    # Its unit of weights is that of the layer's other synapses.
    gain = read.weights[0, 0] / model[0].weight[0, 0].item()
    assert read.recurrent == pytest.approx(gain * layer.recurrent.weight.detach().numpy())
    assert sleep_as_spikes(tmp_path / "theirs.nir", dt=1e-4).layers[0].recurrent is not None


def test_a_network_of_norse_sleeps_by_way_of_nir(tmp_path):
    nir = pytest.importorskip("nir")
    norse = pytest.importorskip("norse.torch", reason="Norse is not installed")
    from norse.torch.functional.lif_box import LIFBoxParameters

    def lif(neurons):
        constants = {"tau_mem_inv": 100.0, "v_leak": 0.0, "v_th": 0.01, "v_reset": 0.0}
        return norse.LIFBoxCell(
            LIFBoxParameters(
                **{name: torch.full((neurons,), value) for name, value in constants.items()}
            )
        )

    torch.manual_seed(0)
    model = norse.SequentialState(nn.Linear(64, 32), lif(32), nn.Linear(32, 10), lif(10))
    with pytest.raises(ValueError, match=r"is a layer of a spiking network \(norse\); write the"):
        ls.put_to_sleep(model, night_of(64))
    nir.write(tmp_path / "theirs.nir", norse.to_nir(model, torch.rand(64), dt=1.0))
    assert sleep_as_spikes(tmp_path / "theirs.nir", dt=1e-3).sizes == (64, 32, 10)


class PilotNet(nn.Module):
    """lava-dl's layout of blocks, a tenth of its size, of one kind of neurons."""

    def __init__(self, block, neurons):
        super().__init__()
        layers = [block.Input(neurons), block.Conv(neurons, 3, 4, 3, stride=2)]
        layers += [block.Conv(neurons, 4, 6, 3, stride=2), block.Flatten()]
        layers += [block.Dense(neurons, 6 * 7 * 3, 10), block.Dense(neurons, 10, 1)]
        self.blocks = nn.ModuleList(layers)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x

    def export_hdf5(self, path):
        with h5py.File(path, "w") as file:
            layers = file.create_group("layer")
            for number, block in enumerate(self.blocks):
                block.export_hdf5(layers.create_group(f"{number}"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["sigma_delta", "cuba"])
def test_a_pilotnet_of_lava_dl_sleeps_if_its_neurons_are_cuba(kind, tmp_path):
    slayer = pytest.importorskip("lava.lib.dl.slayer")
    neurons = {
        "sigma_delta": {"threshold": 0.1, "tau_grad": 0.1, "activation": torch.relu},
        "cuba": {"threshold": 0.5, "current_decay": 1.0, "voltage_decay": 0.05},
    }[kind]
    torch.manual_seed(0)
    model = PilotNet(getattr(slayer.block, kind), neurons)
    model(torch.rand(1, 3, 32, 16, 4))
    with pytest.raises(ValueError, match=r"\(lava\); write the network as .net .*read_net"):
        ls.put_to_sleep(model, night_of(10))
    model.export_hdf5(tmp_path / "pilotnet.net")
    if kind == "sigma_delta":
        with pytest.raises(ValueError, match=r"sigma-delta neurons are not read; CUBA neurons are"):
            ls.read_net(tmp_path / "pilotnet.net")
        return
    network = ls.read_net(tmp_path / "pilotnet.net").plastic("sleep_hebb")
    inputs = network.sizes[0]
    weights = ls.put_to_sleep(network, night_of(inputs))
    assert [each.shape for each in weights] == [(10, 126), (1, 10)]
