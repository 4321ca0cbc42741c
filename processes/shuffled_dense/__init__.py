"""Plastic dense synapses that learn from shuffled pre-synaptic spikes: a control for replay."""
