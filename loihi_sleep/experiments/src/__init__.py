"""`src`: Sleep Replay Consolidation, the paper and past it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loihi_sleep.consolidation.continual import untrained_night
from loihi_sleep.datasets.stream import Stream
from loihi_sleep.experiments.registry import Experiment
from loihi_sleep.experiments.src.conditions import conditions
from loihi_sleep.experiments.src.config import PRESETS, PROTOTYPE_ARMS, SrcConfig
from loihi_sleep.experiments.src.metrics import metrics_of
from loihi_sleep.experiments.src.prototypes import untrained_replay
from loihi_sleep.experiments.src.report import report
from loihi_sleep.experiments.src.training import USES
from loihi_sleep.experiments.src.validation import validation_study
from loihi_sleep.experiments.study import Study

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess


def study(config: SrcConfig) -> Study[SrcConfig, Stream]:
    """Return what a run computes."""
    return Study(
        config,
        conditions(config),
        metrics_of,
        USES,
        load=lambda config: config.data.load_for(config.seeds),
    )


def network(config: SrcConfig) -> AbstractProcess:
    """Wire the network of a first night, for :func:`loihi_sleep.fit.check`.

    Of conditions with a hippocampus alone it is that of a night of replay.
    """
    rows, columns = config.data.plane or config.data.load(0).plane
    if "sleep" not in config.arms and set(config.arms) & set(PROTOTYPE_ARMS):
        return untrained_replay(config.prototypes, rows * columns, config.data.data_set.classes)
    sizes = (rows * columns, *config.hidden, config.data.data_set.classes)
    return untrained_night(sizes, (rows, columns), config.wake, config.sleep, config.numerics)


def steps_shown(config: SrcConfig) -> int:
    """Return for how many time steps an image is read out in spikes."""
    if "prototypes" in config.arms:
        return config.prototypes.readout_steps
    return config.readout.steps


def host_only(config: SrcConfig) -> list[str]:
    """Say which conditions no chip can run."""
    if "replay_controls" not in config.arms:
        return []
    return ["arms names replay_controls, whose shuffled_pre learns with ShuffledDense on the host"]


EXPERIMENT = Experiment(
    config=SrcConfig,
    presets=PRESETS,
    study=study,
    report=report,
    network=network,
    host_only=host_only,
    rounding=lambda config: config.sleep.rounding,
    cost_settings=("arms=[sleep]",),
    steps_shown=steps_shown,
    validation=validation_study,
)
