"""Hierarchical Processes, alone in a folder: Lava executes every file beside a Process."""
