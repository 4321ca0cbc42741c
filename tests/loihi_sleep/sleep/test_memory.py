import numpy as np

from loihi_sleep.sleep import wake
from loihi_sleep.sleep.memory import Memory


def test_memory_is_a_running_mean_and_running_maxima():
    rng = np.random.default_rng(0)
    weights = wake.initial_weights((4, 3, 2), wake.WakeConfig(), seed=0)
    parts = [rng.random((n, 4)) for n in (5, 8)]
    memory = Memory.empty(inputs=4, layers=2)
    for part in parts:
        memory = memory.after(part, wake.activations(weights, part))
    together = np.vstack(parts)
    assert np.allclose(memory.mean_image, together.mean(axis=0))
    assert memory.images == 13
    largest = [a.max() for a in wake.activations(weights, together)]
    assert np.allclose(memory.maxima, np.maximum(largest, 0))
