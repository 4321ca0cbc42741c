"""Neurons as a user may write them, without a compiled node."""
