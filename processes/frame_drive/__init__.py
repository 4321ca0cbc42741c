"""Graded currents of frames, one after the other."""
