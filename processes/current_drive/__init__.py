"""Graded Gaussian current."""
