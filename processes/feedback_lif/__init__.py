"""Neurons that write the error that is fed back to them into the trace y1 of their synapses."""
