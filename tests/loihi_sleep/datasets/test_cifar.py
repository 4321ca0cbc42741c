import hashlib
import pickle

import numpy as np
import pytest
from made_images import color_images, write_subset

from loihi_sleep.datasets import cifar as cifar_module
from loihi_sleep.datasets import load_stream
from loihi_sleep.datasets.cifar import read_cifar
from loihi_sleep.datasets.dictionary_features import features, learn_dictionary


def write_batches(folder, monkeypatch):
    """Write the images of the subset in torchvision's layout, whose checksums become theirs."""
    from torchvision.datasets import CIFAR10

    base = folder / CIFAR10.base_folder
    base.mkdir()

    def written(name, content):
        (base / name).write_bytes(pickle.dumps(content))
        return hashlib.md5((base / name).read_bytes()).hexdigest()

    def batch(name, x, y):
        planes = x.transpose(0, 3, 1, 2).reshape(len(x), -1)
        return [name, written(name, {"data": planes, "labels": y.tolist()})]

    x, y = color_images(200, 0)
    parts = zip(CIFAR10.train_list, np.split(x, 5), np.split(y, 5), strict=True)
    monkeypatch.setattr(CIFAR10, "train_list", [batch(name, *part) for (name, _), *part in parts])
    monkeypatch.setattr(CIFAR10, "test_list", [batch("test_batch", *color_images(40, 1))])
    names = written("batches.meta", {"label_names": [str(c) for c in range(10)]})
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": names})


@pytest.fixture(autouse=True)
def without_resnet(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(cifar_module, "WORDS", 16)
    monkeypatch.setattr("loihi_sleep.datasets.dictionary_features.LEARNED_FROM", 2000)


def test_dictionary_features_of_a_subset(tmp_path):
    write_subset(tmp_path)
    stream = load_stream("cifar", task_images=30, folder=str(tmp_path))
    assert stream.source == "dictionary of 16 patches, learned without labels, 64 features"
    assert stream.plane == (1, 64)
    assert stream.joint.x.shape == (200, 64)
    assert stream.test.x.shape == (40, 64)
    assert stream.joint.x.min() >= 0
    assert stream.joint.x.max(axis=0) == pytest.approx(1)
    assert stream.test.x.max() <= 1


def test_pixels_against_the_usual_image(tmp_path):
    write_subset(tmp_path)
    stream = load_stream("cifar10", task_images=30, folder=str(tmp_path))
    assert stream.plane == (192, 32)
    assert stream.inputs == 6 * 1024
    assert (len(stream.train), len(stream.validation), len(stream.test)) == (150, 25, 40)
    assert stream.train.x.dtype == np.float32
    x_train, _, x_test, _ = read_cifar(tmp_path, False)
    usual = x_train.mean(axis=0)
    brighter, darker = stream.test.x.reshape(40, 2, 3, 32, 32).transpose(1, 0, 2, 3, 4)
    assert (brighter * darker == 0).all()
    # Image 7, green, row 4, column 9.
    difference = (x_test[7, 4, 9, 1] - usual[4, 9, 1]) / 127.5
    assert (brighter - darker)[7, 1, 4, 9] == pytest.approx(np.clip(difference, -1, 1), abs=1e-6)
    assert stream.joint.x.max() == 1
    assert stream.joint.x.min() == 0


def test_pixels_of_all_of_cifar_in_torchvisions_layout(tmp_path, monkeypatch):
    write_batches(tmp_path, monkeypatch)
    (tmp_path / "subset").mkdir()
    write_subset(tmp_path / "subset")
    whole, subset = (
        load_stream("cifar10", task_images=30, folder=str(folder))
        for folder in (tmp_path, tmp_path / "subset")
    )
    for split in ("train", "validation", "test"):
        one, two = getattr(whole, split), getattr(subset, split)
        assert (one.x == two.x).all()
        assert (one.y == two.y).all()


def test_features_tell_made_classes_apart():
    from sklearn.linear_model import LogisticRegression

    (x_train, y_train), (x_test, y_test) = color_images(200, 0), color_images(40, 1)
    dictionary = learn_dictionary(x_train, words=16, seed=0)
    model = LogisticRegression(max_iter=500).fit(features(x_train, dictionary), y_train)
    assert model.score(features(x_test, dictionary), y_test) > 0.8


@pytest.mark.slow
def test_resnets_features_where_its_weights_are_on_disk(tmp_path):
    import torch
    from torchvision.models import resnet18

    write_subset(tmp_path)
    torch.manual_seed(0)
    torch.save(resnet18().state_dict(), tmp_path / cifar_module.RESNET)
    stream = load_stream("cifar", task_images=30, folder=str(tmp_path))
    assert stream.source == "ResNet-18, ImageNet weights, 512 features"
    assert stream.joint.x.shape == (200, 512)


@pytest.mark.parametrize("name", ["cifar10-subset.npz", cifar_module.RESNET])
def test_damaged_files_are_named(tmp_path, name):
    write_subset(tmp_path)
    (tmp_path / name).write_bytes(b"no such thing")
    with pytest.raises(ValueError, match=rf"{name} is damaged"):
        load_stream("cifar", task_images=30, folder=str(tmp_path))


def test_a_folder_without_cifar_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"holds neither cifar10-subset.npz nor a whole cifar-10-"):
        load_stream("cifar", folder=str(tmp_path))


def test_cifar100_is_read_as_torchvision_lays_it_out(tmp_path, monkeypatch):
    folder = tmp_path / "cifar-100-python"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in ("train", "test"):
        pixels = rng.integers(0, 256, (300, 3 * 32 * 32), dtype=np.uint8)
        entry = {"data": pixels, "fine_labels": [i % 100 for i in range(300)]}
        (folder / name).write_bytes(pickle.dumps(entry))
    (folder / "meta").write_bytes(pickle.dumps({"fine_label_names": [str(i) for i in range(100)]}))
    with pytest.raises(ValueError, match="does not hold a whole cifar-100-python"):
        load_stream("cifar100", folder=str(tmp_path))
    monkeypatch.setattr("torchvision.datasets.cifar.check_integrity", lambda *_: True)
    stream = load_stream("cifar100", folder=str(tmp_path), classes_per_task=10, task_images=20)
    assert (stream.classes, len(stream.tasks), stream.image) == (100, 10, (6, 32, 32))
    assert len(stream.train) == 200
