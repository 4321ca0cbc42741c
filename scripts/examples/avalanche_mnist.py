"""Sleep between the experiences of Avalanche's SplitMNIST, beside other strategies.

    python scripts/examples/avalanche_mnist.py [FOLDER [SEED]]

FOLDER holds MNIST as torchvision lays it out, or gets it.
"""

import sys

import torch
from avalanche.benchmarks.classic import SplitMNIST
from avalanche.evaluation.metrics import accuracy_metrics, forgetting_metrics
from avalanche.models import SimpleMLP
from avalanche.training import EWC, Naive, Replay
from avalanche.training.plugins import EvaluationPlugin

from loihi_sleep.consolidation.avalanche_plugin import SleepPlugin

folder, seed = (sys.argv[1:] + [None, 0][len(sys.argv) - 1 :])[:2]
# Pixels 0 .. 1 in place of standardized ones: what replays is noise in the shape of their mean.
benchmark = SplitMNIST(
    5, fixed_class_order=range(10), train_transform=None, eval_transform=None, dataset_root=folder
)
for name, strategy, options in (
    ("naive", Naive, {}),
    ("sleep", Naive, {"plugins": [SleepPlugin(seed=int(seed))]}),
    ("EWC", EWC, {"ewc_lambda": 100}),
    ("replay of 200 images", Replay, {"mem_size": 200}),
):
    torch.manual_seed(int(seed))
    model = SimpleMLP(hidden_size=400, hidden_layers=2, drop_rate=0)
    evaluator = EvaluationPlugin(
        accuracy_metrics(stream=True), forgetting_metrics(stream=True), loggers=[]
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    options |= {"criterion": torch.nn.CrossEntropyLoss(), "evaluator": evaluator}
    learner = strategy(
        model=model, optimizer=optimizer, train_mb_size=64, eval_mb_size=1000, **options
    )
    for experience in benchmark.train_stream:
        learner.train(experience)
        results = learner.eval(benchmark.test_stream)
    accuracy, forgetting = (
        next(value for metric, value in results.items() if kind in metric)
        for kind in ("Top1_Acc_Stream", "StreamForgetting")
    )
    print(f"{name}: accuracy {accuracy:.3f}, forgetting {forgetting:.3f}", flush=True)
