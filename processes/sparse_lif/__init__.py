"""Neurons of a sparse layer, which keep themselves going."""
