"""Neurons that compete for an input by lateral inhibition, and learn where they win."""
