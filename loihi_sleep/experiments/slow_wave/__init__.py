"""`slow-wave`: a spiking network learns a dictionary, and noise keeps it from running wild."""

from loihi_sleep.experiments.registry import Experiment
from loihi_sleep.experiments.slow_wave.config import PRESETS, SlowWaveConfig
from loihi_sleep.experiments.slow_wave.life import network
from loihi_sleep.experiments.slow_wave.protocol import run
from loihi_sleep.experiments.slow_wave.report import report

EXPERIMENT = Experiment(
    name="slow-wave",
    config=SlowWaveConfig,
    presets=PRESETS,
    run=run,
    report=report,
    network=network,
)
