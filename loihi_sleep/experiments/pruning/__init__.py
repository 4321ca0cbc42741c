"""`pruning`: nights of pruning, and how many cycles fit in one night."""

from loihi_sleep.experiments.pruning.config import PRESETS, PruningConfig
from loihi_sleep.experiments.pruning.protocol import compiled_only, host_only, network, run
from loihi_sleep.experiments.pruning.report import report
from loihi_sleep.experiments.registry import Experiment

EXPERIMENT = Experiment(
    name="pruning",
    config=PruningConfig,
    presets=PRESETS,
    run=run,
    report=report,
    network=network,
    host_only=host_only,
    compiled_only=compiled_only,
    rounding=lambda config: config.learners.sleep.rounding,
)
