"""A model file for Mammoth: sleep after each task. Copy it to Mammoth's models/sleep.py.

python main.py --model sleep --dataset seq-mnist --lr 0.03
"""

from argparse import ArgumentParser

from models.utils.continual_model import ContinualModel

import loihi_sleep as ls


class Sleep(ContinualModel):
    """Plain training, and a night of Sleep Replay Consolidation after each task."""

    NAME = "sleep"
    COMPATIBILITY = ["class-il", "domain-il", "task-il"]  # noqa: RUF012

    @staticmethod
    def get_parser(parser=None):
        parser = ArgumentParser(description="Sleep after each task.") if parser is None else parser
        parser.add_argument("--night_steps", type=int, default=550, help="time steps of a night")
        parser.add_argument("--max_rate", type=float, default=0.42, help="of the largest input")
        return parser

    def __init__(self, backbone, loss, args, transform, **options):
        super().__init__(backbone, loss, args, transform, **options)
        self.memory = ls.follow(self.net)
        self.nights = 0

    def observe(self, inputs, labels, not_aug_inputs, epoch=None):
        self.opt.zero_grad()
        loss = self.loss(self.net(inputs), labels)
        loss.backward()
        self.opt.step()
        return loss.item()

    def end_task(self, dataset):
        args = self.args
        self.memory.sleep(
            self.net, args.night_steps, args.max_rate, seed=self.nights, in_place=True
        )
        self.nights += 1
