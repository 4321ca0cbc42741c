"""Chooses between input and replay by the phase of a schedule."""
