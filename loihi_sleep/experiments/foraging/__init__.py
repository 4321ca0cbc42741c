"""`foraging`: two complementary tasks by rewarded STDP, and sleep that saves the first."""

from loihi_sleep.experiments.foraging.config import PRESETS, ForagingConfig
from loihi_sleep.experiments.foraging.phases import network
from loihi_sleep.experiments.foraging.protocol import run
from loihi_sleep.experiments.foraging.report import report
from loihi_sleep.experiments.registry import Experiment

EXPERIMENT = Experiment(
    name="foraging", config=ForagingConfig, presets=PRESETS, run=run, report=report, network=network
)
