"""Sleep after learning MNIST, in the form for a chip; docs/results/src.md says how it was found."""

from loihi_sleep.consolidation.chip import ChipSleep

MNIST_SLEEP = ChipSleep(
    steps=296,
    max_rate=0.429,
    leak=0.0314,
    threshold_factors=(0.383, 0.697, 4.84),
    headroom=2.65,
    potentiation=(0.176, 0.09, 0.442),
    depression=(0.614, 1.012, 0.594),
)
