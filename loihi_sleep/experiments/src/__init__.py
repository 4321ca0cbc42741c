"""`src`: Sleep Replay Consolidation, the paper and past it."""

from loihi_sleep.experiments.registry import Experiment
from loihi_sleep.experiments.src.config import PRESETS, SrcConfig
from loihi_sleep.experiments.src.protocol import host_only, network, run
from loihi_sleep.experiments.src.report import report

EXPERIMENT = Experiment(
    name="src",
    config=SrcConfig,
    presets=PRESETS,
    run=run,
    report=report,
    network=network,
    host_only=host_only,
    rounding=lambda config: config.sleep.rounding,
)
