"""A hippocampus: prototypes learned awake by competition, and replayed asleep with a teacher."""

from loihi_sleep.hippocampus.awake import HippocampusConfig, learn_prototypes
from loihi_sleep.hippocampus.night import ReplayConfig, ReplayRecord, replay_prototypes
from loihi_sleep.hippocampus.prototypes import Prototypes

__all__ = [
    "HippocampusConfig",
    "Prototypes",
    "ReplayConfig",
    "ReplayRecord",
    "learn_prototypes",
    "replay_prototypes",
]
