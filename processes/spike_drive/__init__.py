"""Bernoulli spikes with a rate per neuron."""
