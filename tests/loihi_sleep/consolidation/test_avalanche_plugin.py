import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import TensorDataset

import loihi_sleep as ls

pytest.importorskip("avalanche", reason="Avalanche is not installed: pip install '.[avalanche]'")
pytestmark = pytest.mark.filterwarnings("ignore")

from avalanche.benchmarks import nc_benchmark  # noqa: E402
from avalanche.benchmarks.utils import make_avalanche_dataset  # noqa: E402
from avalanche.benchmarks.utils.data_attribute import DataAttribute  # noqa: E402
from avalanche.evaluation.metrics import accuracy_metrics  # noqa: E402
from avalanche.models import IncrementalClassifier, SimpleMLP  # noqa: E402
from avalanche.training import Naive  # noqa: E402
from avalanche.training.plugins import EvaluationPlugin  # noqa: E402

from loihi_sleep.consolidation.avalanche_plugin import SleepPlugin  # noqa: E402

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def digits():
    """scikit-learn's digits as a benchmark of five experiences."""
    stream = ls.load_stream("digits", seed=0)

    def as_dataset(samples):
        y = torch.tensor(samples.y)
        data = TensorDataset(torch.tensor(samples.x).float(), y)
        targets = DataAttribute(y, "targets", use_in_getitem=False)
        tasks = DataAttribute(torch.zeros_like(y), "targets_task_labels", use_in_getitem=True)
        return make_avalanche_dataset(data, data_attributes=[targets, tasks])

    train, test = as_dataset(stream.train), as_dataset(stream.validation)
    return nc_benchmark(train, test, 5, task_labels=False, fixed_class_order=list(range(10)))


def learned(benchmark, plugins, model=None, epochs=1, hidden=20):
    torch.manual_seed(0)
    if model is None:
        model = SimpleMLP(10, input_size=64, hidden_size=hidden, hidden_layers=2, drop_rate=0)
    strategy = Naive(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.04, momentum=0.9),
        criterion=torch.nn.CrossEntropyLoss(),
        train_mb_size=20, train_epochs=epochs, eval_mb_size=500, plugins=plugins,
        evaluator=EvaluationPlugin(accuracy_metrics(stream=True), loggers=[]),
    )  # fmt: skip
    for experience in benchmark.train_stream:
        strategy.train(experience)
    (accuracy,) = (
        value
        for name, value in strategy.eval(benchmark.test_stream).items()
        if name.startswith("Top1_Acc_Stream")
    )
    return strategy, accuracy


@pytest.mark.slow
def test_a_strategy_that_sleeps_forgets_less(digits):
    (_, awake), (_, slept) = (
        learned(digits, plugins, epochs=5, hidden=200) for plugins in ([], [SleepPlugin(seed=1)])
    )
    assert awake < 0.3
    assert slept > awake + 0.2


def test_a_model_sleeps_in_place_after_each_experience(digits):
    plugin = SleepPlugin(30, seed=1)
    strategy, _ = learned(digits, [plugin])
    held = {id(values) for group in strategy.optimizer.param_groups for values in group["params"]}
    assert held == {id(values) for values in strategy.model.parameters()}
    assert not any(module._forward_hooks for module in strategy.model.modules())
    assert plugin.memory.samples == sum(len(each.dataset) for each in digits.train_stream)


def test_nights_are_drawn_from_the_seed_and_may_begin_later(digits):
    one, again = (learned(digits, [SleepPlugin(30, seed=1)])[0] for _ in range(2))
    for values, others in zip(one.model.parameters(), again.model.parameters(), strict=True):
        assert (values == others).all()
    never, awake = (
        learned(digits, plugins)[0] for plugins in ([SleepPlugin(30, from_experience=5)], [])
    )
    for values, others in zip(never.model.parameters(), awake.model.parameters(), strict=True):
        assert (values == others).all()


def test_a_classifier_that_grows_sleeps(digits):
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(64, 50), torch.nn.ReLU(), IncrementalClassifier(50, 2)
    )
    strategy, _ = learned(digits, [SleepPlugin(30, prototypes=3)], model)
    assert strategy.model[2].classifier.out_features == 10


def test_settings_out_of_range_are_refused():
    with pytest.raises(ValueError, match="steps is 0; it must be an integer from 1"):
        SleepPlugin(steps=0)
    with pytest.raises(ValueError, match="max_rate holds 2; it must be"):
        SleepPlugin(max_rate=2)


@pytest.mark.slow
def test_the_example_runs(tmp_path):
    raw = ROOT.parent / "shared" / "data" / "MNIST" / "raw"
    if not raw.is_dir():
        pytest.skip(f"MNIST is not in {raw}")
    import gzip

    (tmp_path / "MNIST" / "raw").mkdir(parents=True)
    for path in raw.glob("*.gz"):
        content = gzip.decompress(path.read_bytes())
        (tmp_path / "MNIST" / "raw" / path.stem).write_bytes(content)
    script = ROOT / "scripts" / "examples" / "avalanche_mnist.py"
    result = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), str(tmp_path), "0"],
        capture_output=True, text=True, timeout=600, check=True,
    )  # fmt: skip
    found = dict(line.split(": accuracy ") for line in result.stdout.splitlines() if "acc" in line)
    accuracies = {name: float(line.split(",")[0]) for name, line in found.items()}
    assert accuracies["sleep"] > accuracies["naive"] + 0.2
    assert np.isfinite(list(accuracies.values())).all()
