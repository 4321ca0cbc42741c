"""metrics.json names the engine that ran the networks."""

import pytest
from made_images import write_images
from small_runs import SMALL

from loihi_sleep.errors import EngineUnavailable
from loihi_sleep.experiments import runner
from loihi_sleep.progress import Silent
from loihi_sleep.results.metrics import read_metrics
from loihi_sleep.run.session import Session

RUNTIMES = {"CompiledRuntime": "compiled", "Runtime": "lava"}
# Few conditions; on Lava's simulator, which takes milliseconds a step, nearly nothing.
LESS = {
    ("src", "compiled"): ("arms=[sequential, sleep]",),
    ("foraging", "compiled"): ("conditions=[task1]", "phases.film=0", "phases.pruned_test=0"),
    ("slow-wave", "compiled"): ("conditions=[sleep]",),
    ("pruning", "compiled"): (
        "spiking.kept=[]",
        "kept=[0.5]",
        "cycles=[1]",
        "learners.names=[sleep]",
    ),
    ("pruning", "lava"): (
        "data.classes_per_task=5",
        "spiking.kept=[]",
        "kept=[0.5]",
        "cycles=[1]",
        "learners.names=[sleep]",
        "learners.sleep.steps=2",
    ),
}


def completed(experiment, config, out):
    """Run without drawing figures."""
    folder = runner.begin(config, out)
    return runner.measure(experiment, config, folder, Silent(), on_validation=False)


# Those that need no rule of their own, which would have to be compiled.
QUICK = ("foraging", "slow-wave")


@pytest.fixture
def engines_that_ran(monkeypatch):
    """Note whose runtime each network has when it has run."""
    found = set()
    run = Session.run

    def noted(self, steps):
        run(self, steps)
        found.add(RUNTIMES[type(self._process.runtime).__name__])

    monkeypatch.setattr(Session, "run", noted)
    return found


@pytest.mark.parametrize(
    ("name", "engine"),
    [
        *(
            pytest.param(name, "compiled", marks=() if name in QUICK else pytest.mark.slow)
            for name in SMALL
        ),
        pytest.param("pruning", "lava", marks=pytest.mark.slow),
    ],
)
def test_the_engine_that_is_recorded_is_the_one_that_ran(name, engine, engines_that_ran, tmp_path):
    settings = [*SMALL[name], *LESS.get((name, engine), ())]
    data = write_images(tmp_path / "data") if name == "src" else None
    experiment, config = runner.configure(name, engine=engine, data_dir=data, settings=settings)
    record = completed(experiment, config, tmp_path / "run")
    assert engines_that_ran == {record["engine"]} == {engine}
    assert read_metrics(tmp_path / "run/metrics.json") == record
    assert record["rounding"] == "per_synapse"
    assert record["numerics"] == config.numerics


@pytest.mark.slow
def test_the_rounding_that_is_recorded_is_the_one_that_ran(tmp_path):
    settings = [*SMALL["digits"], "sleep.rounding=per_layer"]
    experiment, config = runner.configure("digits", settings=settings)
    record = completed(experiment, config, tmp_path / "run")
    assert record["rounding"] == "per_layer"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ((), "engine 'lava' cannot run pruning: spiking.kept asks for synaptic operations and e"),
        (
            ("spiking.kept=[]", "learners.names=[packnet]"),
            "engine 'lava' cannot run pruning: nothing of it is in spikes: spiking.kept is",
        ),
    ],
)
def test_lava_is_refused_what_it_cannot_do_before_there_is_a_folder(settings, message):
    with pytest.raises(EngineUnavailable, match=message):
        runner.configure("pruning", engine="lava", settings=[*SMALL["pruning"], *settings])
