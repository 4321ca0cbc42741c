"""Pruning nights: what is weak is dropped, what is left learns on, cycle after cycle."""
