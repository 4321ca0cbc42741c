"""Numerics: their names, and the limits of Loihi's integers."""
