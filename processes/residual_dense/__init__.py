"""Synapses between a residual and a sparse layer, which learn a dictionary by a local rule."""
