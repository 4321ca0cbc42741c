"""Neurons of a residual layer."""
