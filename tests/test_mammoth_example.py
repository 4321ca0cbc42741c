"""The model file for Mammoth, on a stand-in for the class that it derives from."""

import runpy
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import torch
from torch import nn

SCRIPT = Path(__file__).parents[1] / "scripts" / "examples" / "mammoth_sleep.py"


class ContinualModel(nn.Module):
    def __init__(self, backbone, loss, args, transform, dataset=None):
        super().__init__()
        self.net, self.loss, self.args = backbone, loss, args
        self.opt = torch.optim.SGD(backbone.parameters(), lr=args.lr)


def test_it_learns_and_sleeps(monkeypatch):
    utils = ModuleType("models.utils.continual_model")
    utils.ContinualModel = ContinualModel
    for name, module in (
        ("models", ModuleType("models")), ("models.utils", ModuleType("models.utils")),
        (utils.__name__, utils),
    ):  # fmt: skip
        monkeypatch.setitem(sys.modules, name, module)
    model_class = runpy.run_path(str(SCRIPT))["Sleep"]
    args = model_class.get_parser().parse_args(["--night_steps", "40"])
    args = SimpleNamespace(**vars(args), lr=0.1)
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 4))
    model = model_class(net, nn.functional.cross_entropy, args, None, dataset=None)
    for task in range(2):
        x, y = torch.rand(20, 4, 4), torch.randint(2 * task, 2 * task + 2, (20,))
        assert model.observe(x, y, x) > 0
        before = net[1].weight.clone()
        model.end_task(None)
        assert (net[1].weight != before).any()
