"""Plastic dense synapses of Sleep Replay Consolidation, gated by their own weight."""
