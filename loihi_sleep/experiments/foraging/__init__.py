"""`foraging`: two complementary tasks by rewarded STDP, and sleep that saves the first."""

from loihi_sleep.experiments.foraging.cases import conditions
from loihi_sleep.experiments.foraging.config import PRESETS, ForagingConfig
from loihi_sleep.experiments.foraging.metrics import metrics_of
from loihi_sleep.experiments.foraging.report import report
from loihi_sleep.experiments.foraging.training import USES, network
from loihi_sleep.experiments.registry import Experiment
from loihi_sleep.experiments.study import Study


def study(config: ForagingConfig) -> Study[ForagingConfig, None]:
    """Return what a run computes."""
    return Study(config, conditions(config), metrics_of, USES)


EXPERIMENT = Experiment(
    config=ForagingConfig,
    presets=PRESETS,
    study=study,
    report=report,
    network=network,
    no_validation="its worlds are drawn by seeds, so choose by t1_sleep or t2_sleep with other "
    "seeds than those of results",
)
