"""Lava's learning neurons, which write a third factor into the traces of their synapses."""
