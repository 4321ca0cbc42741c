"""Other simulators on the same networks. Each runs in a process of its own, see `run`."""
