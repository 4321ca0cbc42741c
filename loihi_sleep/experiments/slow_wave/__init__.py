"""`slow-wave`: a spiking network learns a dictionary, and noise keeps it from running wild."""

from loihi_sleep.datasets.patches import Patches
from loihi_sleep.experiments.registry import Experiment, PhaseUnit
from loihi_sleep.experiments.slow_wave.cases import conditions, load
from loihi_sleep.experiments.slow_wave.config import PRESETS, SlowWaveConfig
from loihi_sleep.experiments.slow_wave.metrics import metrics_of
from loihi_sleep.experiments.slow_wave.report import report
from loihi_sleep.experiments.slow_wave.training import USES, network
from loihi_sleep.experiments.study import Study


def study(config: SlowWaveConfig) -> Study[SlowWaveConfig, Patches]:
    """Return what a run computes."""
    return Study(config, conditions(config), metrics_of, USES, load)


def phase_units(config: SlowWaveConfig) -> dict[str, PhaseUnit]:
    """Return what the cost of phases is told for: a frame, and a night."""
    steps = config.phases.frame_steps
    return {
        "awake": PhaseUnit("a frame awake", steps),
        "asleep": PhaseUnit("a night", config.sleep.frames * steps),
    }


EXPERIMENT = Experiment(
    config=SlowWaveConfig,
    presets=PRESETS,
    study=study,
    report=report,
    network=network,
    cost_settings=("conditions=[sleep]",),
    phase_units=phase_units,
    no_validation="its metrics, such as reconstruction_correlation_sleep, are of patches that "
    "nothing is learned from, so choose with other seeds than those of results, and tell that "
    "these patches chose",
)
