"""Settings with which each experiment runs in seconds, for tests and scripts/kill_runs."""

# Few rules, as each takes seconds to compile: those of ChipSleep but for one layer.
RULES_OF_SRC = (
    "sleep.potentiation=[0.2, 0.2, 0.4]",
    "sleep.depression=0.73",
    "rehearsal.sleep.potentiation=0.2",
    "rehearsal.sleep.depression=0.73",
)

SMALL: dict[str, tuple[str, ...]] = {
    "digits": (
        "hidden=[12, 8]",
        "sleep.steps=20",
        "wake.epochs=1",
        "joint_epochs=1",
        "readout.steps=3",
    ),
    "src": (
        "hidden=[12, 10]",
        "data.task_images=48",
        "sleep.steps=20",
        "rehearsal.fractions=[0.1]",
        "rehearsal.sleep.steps=20",
        "second_task_epochs=[1, 2]",
        "readout.steps=6",
        "arms=[sequential, sleep, rehearsal, joint]",
        "prototypes={hidden: [12], per_class: 2, curve: [1], readout_steps: 2}",
        "prototypes.hippocampus.steps=32",
        "prototypes.night={steps: 8, presentations: 5}",
        *RULES_OF_SRC,
    ),
    "foraging": (
        "network.hidden=40",
        "network.cycle_steps=60",
        "network.decision_steps=60",
        "network.output_weight=0.3",
        "world.size=20",
        "world.particles=20",
        "world.feature_particles=8",
        "phases={features: 60, task: 40, block: 10, test: 30, samples: 5, film: 6}",
        "phases.pruned_test=10",
        "sleep.rate_scale=20",
    ),
    "slow-wave": (
        "network.side=8",
        "network.features=12",
        "network.gray_rate=100",
        "network.density=0.3",
        "phases.images=4",
        "look.times=2",
        "phases.frame_steps=100",
        "look.images=3",
    ),
    "pruning": (
        "hidden=[12, 10]",
        "data.task_images=60",
        "wake.epochs=1",
        "night.steps=12",
        "kept=[0.5, 0.1]",
        "cycles=[5, 1]",
        "learners={cycles: 2, epochs: 1, steps: 12, kept: [0.5], names: [packnet, sleep]}",
        "learners.sleep={steps: 20}",
        "spiking={hidden: [20], kept: [0.2], night_steps: 20, cycles: 2}",
        "spiking.slayer={steps: 6, epochs: 2, gain: 1.0, batch_size: 40, learning_rate: 0.01}",
        "spiking.asleep={steps: 60, rate: 0.5, potentiation: 8, depression: 3}",
    ),
}


def with_settings(*settings: str) -> list[str]:
    """Write settings as options of the command line."""
    return [part for setting in settings for part in ("--set", setting)]
