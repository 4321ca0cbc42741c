"""Data sets as streams of tasks."""
