"""A dictionary that is given, read out in spikes and exactly."""

import numpy as np
import pytest
from static_code import exact_code, spiking_code


@pytest.mark.parametrize("numerics", ["float", "fixed"])
def test_a_static_code_uses_the_features_that_an_image_is_made_of(numerics):
    # Eight orthonormal features without a mean; images of two each, one of them turned around.
    phi = np.linalg.qr(np.hstack([np.ones((64, 1)), np.random.default_rng(0).normal(size=(64, 8))]))
    phi = phi[0][:, 1:]
    weights = np.zeros((3, 8))
    weights[[0, 1, 2], [0, 3, 5]], weights[[0, 1, 2], [1, 4, 2]] = 6.0, -4.0
    code = spiking_code(phi, weights @ phi.T, numerics, 4000)
    # A stray spike may be among them.
    assert (code.zeros > 0.6).all()
    assert (code.psnr_db > 30).all()
    exact = exact_code(phi, weights @ phi.T, 0.01)
    assert exact.zeros.tolist() == [0.75] * 3
