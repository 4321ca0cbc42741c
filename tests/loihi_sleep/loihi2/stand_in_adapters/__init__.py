"""Processes with the documented interface of Intel's spike adapters, for Lava's simulator."""
