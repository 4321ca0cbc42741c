"""Finished runs side by side: metrics with differences and tests, settings, a figure."""
