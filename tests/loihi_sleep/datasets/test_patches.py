"""Patches of natural images."""

import numpy as np
import pytest
from made_images import color_images, write_subset
from PIL import Image

from loihi_sleep.datasets.patches import load_patches


@pytest.fixture
def photographs(tmp_path):
    """Two images: a ramp from left to right with noise, and noise."""
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 200, 160) + rng.uniform(0, 55, (96, 160))
    for name, gray in (("ramp.png", ramp), ("noise.jpg", rng.uniform(0, 255, (96, 160)))):
        Image.fromarray(gray.astype(np.uint8)).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no image")
    return tmp_path


def test_bundled_patches_need_no_download():
    patches = load_patches()
    assert patches.train.shape[1] == 256
    assert min(len(patches.train), len(patches.held_out)) > 50
    assert np.abs(patches.train.mean(axis=1)).max() < 1e-9
    assert patches.held_out.std(axis=1) == pytest.approx(1)


def test_whitened_pixels_are_hardly_correlated():
    plain, white = load_patches(side=8), load_patches(side=8, whiten=True)

    def correlation(patches):
        return np.abs(np.corrcoef(patches.train.T) - np.eye(64)).mean()

    assert correlation(plain) > 0.15
    assert correlation(white) < 0.05
    assert white.train.std(axis=1) == pytest.approx(1)


def test_a_low_pass_filter_takes_off_what_is_above_it():
    white, passed = (load_patches(whiten=True, low_pass=f0) for f0 in (None, 0.3))

    def power(patches):
        """Of the waves along rows, by cycles a patch."""
        rows = patches.train.reshape(-1, 16, 16)
        return (np.abs(np.fft.rfft(rows, axis=2)) ** 2).mean((0, 1))

    gain = power(passed) / power(white)
    # Cycles a pixel are a sixteenth of it; each patch is brought to standard deviation 1 again.
    assert gain[6] / gain[2] < 0.2
    assert gain[8] / gain[2] < 0.02
    assert gain[1] / gain[2] == pytest.approx(1, abs=0.3)
    assert passed.train.std(axis=1) == pytest.approx(1)
    assert passed.source.endswith("whitened, low-pass 0.3")


def test_images_of_a_folder_are_cut_in_two(photographs):
    patches = load_patches(str(photographs), side=8, reduce=2)
    assert patches.source.startswith("2 images")
    # At half size 48 x 80: columns 0 .. 59 to train, 60 .. 79 held out; every second pixel.
    assert len(patches.train) <= 2 * 21 * 27
    assert len(patches.held_out) <= 2 * 21 * 7


def test_images_of_cifar_are_reduced_to_a_patch_each(tmp_path):
    folder = str(write_subset(tmp_path / "cifar", train=20, test=10))
    patches = load_patches("cifar", side=16, folder=folder)
    assert patches.source == "CIFAR-10, gray, 16 x 16"
    for seed, found in ((0, patches.train), (1, patches.held_out)):
        images, _ = color_images(20 if seed == 0 else 10, seed)
        assert len(found) == len(images)
        for patch, image in zip(found, images[..., 0].astype(float), strict=True):
            # Red, green and blue are the same in these images; gray is that, too.
            corners = [image[row::2, column::2] for row in (0, 1) for column in (0, 1)]
            mean = (sum(corners) / 4).ravel()
            assert patch == pytest.approx((mean - mean.mean()) / mean.std())
    with pytest.raises(ValueError, match="side is 5; with CIFAR-10 it must divide 32"):
        load_patches("cifar", side=5, folder=folder)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ("nowhere", "images is 'nowhere'; it must be bundled, cifar, or a folder"),
        ("empty", "there is no PNG or JPEG file in it"),
        ("flat", "its images give no patches of 16 x 16 pixels with contrast"),
        ("damaged", "broken.png in it is no image"),
    ],
)
def test_what_is_no_image_is_named(images, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("empty", "flat", "damaged"):
        (tmp_path / name).mkdir()
    Image.fromarray(np.full((90, 90), 100, dtype=np.uint8)).save(tmp_path / "flat" / "gray.png")
    (tmp_path / "damaged" / "broken.png").write_bytes(b"not a picture")
    with pytest.raises(ValueError, match=message):
        load_patches(images)
