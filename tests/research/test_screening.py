"""What depends on each of many parameters."""

import os
from pathlib import Path

import numpy as np
import pytest
import screening
from screening import combinations, effects


def test_scripts_can_be_executed():
    for script in Path(screening.__file__).parent.glob("*.py"):
        if script.read_text().startswith("#!"):
            assert os.access(script, os.X_OK), script


def test_each_parameter_goes_up_and_down_equally_often_beside_every_other():
    signs = combinations(parameters=6, pairs=8)
    assert signs.shape == (8, 6)
    assert (signs.sum(axis=0) == 0).all()
    assert (signs.T @ signs == 8 * np.eye(6)).all()


def test_effects_are_found_whatever_is_special_to_a_seed():
    rng = np.random.default_rng(0)
    signs = combinations(parameters=5, pairs=16)
    slopes = np.array([0.1, -0.05, 0.0, 0.02, 0.0])
    of_seeds = rng.normal(0, 10, 16)
    # The product of two parameters is the same in both runs of a pair.
    interaction = 3.0 * signs[:, 0] * signs[:, 1]
    first = of_seeds + interaction + signs @ slopes
    second = of_seeds + interaction - signs @ slopes
    found = effects(signs, first + rng.normal(0, 0.01, 16), second)
    assert [effect.mean for effect in found] == pytest.approx(2 * slopes, abs=0.01)
    assert found[0].p < 0.001
    assert found[2].p > 0.05
    assert found[0].standard_error == pytest.approx(0.01 / 4, rel=0.5)


def test_noise_alone_is_significant_as_often_as_it_may_be():
    rng = np.random.default_rng(1)
    signs = combinations(parameters=11, pairs=16)
    chances = [
        effect.p
        for _ in range(200)
        for effect in effects(signs, rng.normal(size=16), rng.normal(size=16))
    ]
    # 2,200 tests at 5 %; those of one design share their error.
    assert np.mean(np.array(chances) < 0.05) == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize(
    ("parameters", "pairs", "message"),
    [
        (0, 8, "parameters is 0; it must be at least 1"),
        (7, 8, "pairs is 8; it must be a power of 2 and at least parameters . 2, 9"),
        (3, 12, "pairs is 12; it must be a power of 2"),
    ],
)
def test_designs_that_cannot_be_are_refused(parameters, pairs, message):
    with pytest.raises(ValueError, match=message):
        combinations(parameters, pairs)
