"""Counts spikes and keeps a raster that is cheap to read."""
