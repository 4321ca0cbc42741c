"""A form of sleep: two halves of the mean image replay in turn, in Loihi's integers."""

from typing import Literal

import numpy as np

from loihi_sleep import networks, rules, sleep
from loihi_sleep.consolidation import SleepForm


class HalvesSleep(SleepForm):
    """Settings of a night; `steps`, `more_steps` and `rounding` are there already."""

    form: Literal["halves"] = "halves"
    steps: int = 60
    max_rate: float = 0.5
    threshold: int = 254
    potentiation: float = 0.2
    depression: float = 0.73

    def drive(self, memory, plane):
        """Replay the first half of the inputs, then the second, drawn anew every ten steps."""
        rates = memory.rates(self.max_rate)
        first = np.arange(rates.size) < rates.size // 2
        return sleep.Patterns([rates * first, rates * ~first], pattern_steps=10)

    def network(self, weights, maxima, *, numerics):
        """Return the spiking network of a trained one, and the real weight of a weight unit."""
        quantized = networks.quantize(weights, rounded=numerics == "fixed")
        rule = rules.sleep_hebb(self.potentiation, self.depression)
        sizes = (weights[0].shape[1], *map(len, weights))
        network = networks.layered(sizes, quantized.units, rule, vth=self.threshold)
        return network, quantized.unit
