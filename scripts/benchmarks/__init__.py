"""Benchmarks, started by scripts/benchmark."""
