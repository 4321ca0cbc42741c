"""Images shown to a chain of static layers: layer by layer, each through all steps of an image."""

from loihi_sleep.engine.chain.chain import Chain, chain_of

__all__ = ["Chain", "chain_of"]
