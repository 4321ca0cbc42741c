"""Inputs that are damaged on purpose, and what becomes of each: see scripts/fuzz_inputs."""
