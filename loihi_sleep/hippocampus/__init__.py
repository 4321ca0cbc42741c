"""A hippocampus: prototypes learned awake by competition, and replayed asleep with a teacher."""

from loihi_sleep.hippocampus.awake import HippocampusConfig, learn_prototypes
from loihi_sleep.hippocampus.night import ReplayRecord, replay_prototypes
from loihi_sleep.hippocampus.prototypes import Prototypes
from loihi_sleep.hippocampus.replay_config import ReplayConfig

__all__ = [
    "HippocampusConfig",
    "Prototypes",
    "ReplayConfig",
    "ReplayRecord",
    "learn_prototypes",
    "replay_prototypes",
]
