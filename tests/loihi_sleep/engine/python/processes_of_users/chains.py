"""Short networks of users' Processes, and for how long they run."""

import itertools

from lava.magma.core.run_conditions import RunSteps

STEPS = RunSteps(num_steps=4)


def chain(*processes):
    """Connect Processes one behind the other."""
    for before, after in itertools.pairwise(processes):
        out = before.out_ports.members[0]
        out.connect(after.in_ports.members[0])
    return processes
