"""`digits`: class-incremental handwritten digits, forgetting, sleep, recovery."""

from loihi_sleep.experiments.digits.config import PRESETS, DigitsConfig
from loihi_sleep.experiments.digits.figures import report
from loihi_sleep.experiments.digits.protocol import network, run
from loihi_sleep.experiments.registry import Experiment

EXPERIMENT = Experiment(
    name="digits",
    config=DigitsConfig,
    presets=PRESETS,
    run=run,
    report=report,
    network=network,
    rounding=lambda config: config.sleep.rounding,
)
