"""Loihi 2: what is here, which board, and how a network gets there."""

from loihi_sleep.loihi2.adapters import Adapters
from loihi_sleep.loihi2.board import place
from loihi_sleep.loihi2.boundary import Deployment, deploy, refusals

__all__ = ["Adapters", "Deployment", "deploy", "place", "refusals"]
