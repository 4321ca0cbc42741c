"""Plastic dense synapses that round each synapse with its own random number."""
