"""Run folders: configuration, metrics, checkpoints, figures, report."""
