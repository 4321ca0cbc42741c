"""Bernoulli spikes of one image after another."""
