"""Output neurons that hear a teacher and write their error into the trace y1 of their synapses."""
