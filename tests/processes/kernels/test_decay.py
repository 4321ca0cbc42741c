import pytest

from loihi_sleep.processes.kernels.decay import decayed


@pytest.mark.parametrize("keep", [0, 1, 2048, 4095, 4096])
@pytest.mark.parametrize("magnitude", [0, 1, 4095, 4097, 2**30 + 4095, 2**31 - 1])
def test_the_magnitude_is_rounded_down(magnitude, keep):
    expected = magnitude * keep // 4096
    assert decayed(magnitude, keep) == expected
    assert decayed(-magnitude, keep) == -expected
