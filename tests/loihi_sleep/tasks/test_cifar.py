import numpy as np
import pytest
from made_images import classes_of_images

from loihi_sleep.tasks import cifar as cifar_module
from loihi_sleep.tasks.cifar import cifar
from loihi_sleep.tasks.dictionary_features import features, learn_dictionary


def color_images(count, seed):
    x, y = classes_of_images(count, 32, seed)
    return np.repeat(x[..., np.newaxis], 3, axis=3), y


def write_subset(folder):
    x_train, y_train = color_images(200, 0)
    x_test, y_test = color_images(40, 1)
    np.savez(
        folder / "cifar10-subset.npz",
        x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def without_resnet(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(cifar_module, "WORDS", 16)
    monkeypatch.setattr("loihi_sleep.tasks.dictionary_features.LEARNED_FROM", 2000)


def test_dictionary_features_of_a_subset(tmp_path):
    write_subset(tmp_path)
    stream, kind = cifar(task_images=30, folder=str(tmp_path))
    assert kind == "dictionary of 16 patches, learned without labels, 64 features"
    assert stream.plane == (1, 64)
    assert stream.joint.x.shape == (200, 64)
    assert stream.test.x.shape == (40, 64)
    assert stream.joint.x.min() >= 0
    assert stream.joint.x.max(axis=0) == pytest.approx(1)
    assert stream.test.x.max() <= 1


def test_features_tell_made_classes_apart():
    from sklearn.linear_model import LogisticRegression

    (x_train, y_train), (x_test, y_test) = color_images(200, 0), color_images(40, 1)
    dictionary = learn_dictionary(x_train, words=16, seed=0)
    model = LogisticRegression(max_iter=500).fit(features(x_train, dictionary), y_train)
    assert model.score(features(x_test, dictionary), y_test) > 0.8


def test_resnets_features_where_its_weights_are_on_disk(tmp_path):
    import torch
    from torchvision.models import resnet18

    write_subset(tmp_path)
    torch.manual_seed(0)
    torch.save(resnet18().state_dict(), tmp_path / cifar_module.RESNET)
    stream, kind = cifar(task_images=30, folder=str(tmp_path))
    assert kind == "ResNet-18, ImageNet weights, 512 features"
    assert stream.joint.x.shape == (200, 512)


@pytest.mark.parametrize("name", ["cifar10-subset.npz", cifar_module.RESNET])
def test_damaged_files_are_named(tmp_path, name):
    write_subset(tmp_path)
    (tmp_path / name).write_bytes(b"no such thing")
    with pytest.raises(ValueError, match=rf"{name} is damaged"):
        cifar(task_images=30, folder=str(tmp_path))


def test_a_folder_without_cifar_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"holds neither cifar10-subset.npz nor a whole cifar-10-"):
        cifar(folder=str(tmp_path))
