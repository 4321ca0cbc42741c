"""A neuron whose threshold rises with its own spikes."""
