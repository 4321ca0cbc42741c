"""Graphs of Lava Processes, whatever runs them."""
