"""`foraging`: two complementary tasks by rewarded STDP, and sleep that saves the first."""

from loihi_sleep.experiments.foraging.cases import conditions
from loihi_sleep.experiments.foraging.config import PRESETS, ForagingConfig
from loihi_sleep.experiments.foraging.metrics import metrics_of
from loihi_sleep.experiments.foraging.report import report
from loihi_sleep.experiments.foraging.training import USES, network
from loihi_sleep.experiments.registry import Experiment, PhaseUnit
from loihi_sleep.experiments.study import Study


def study(config: ForagingConfig) -> Study[ForagingConfig, None]:
    """Return what a run computes."""
    return Study(config, conditions(config), metrics_of, USES)


def phase_units(config: ForagingConfig) -> dict[str, PhaseUnit]:
    """Return what the cost of phases is told for: a movement cycle, and a night of such."""
    steps, block = config.network.steps_of_cycle(config.kind), config.phases.block
    return {
        "awake": PhaseUnit("a cycle awake", steps),
        "asleep": PhaseUnit(f"a night of {block} cycles", block * steps),
    }


EXPERIMENT = Experiment(
    config=ForagingConfig,
    presets=PRESETS,
    study=study,
    report=report,
    network=network,
    # Of the form for the chip, which is all in integers.
    cost_settings=("form=chip", "conditions=[sleep]", "phases.film=0", "phases.pruned_test=0"),
    phase_units=phase_units,
    no_validation="its worlds are drawn by seeds, so choose by t1_sleep or t2_sleep with other "
    "seeds than those of results",
)
