"""Sparse synapses that grow receptive fields by unsupervised STDP."""
