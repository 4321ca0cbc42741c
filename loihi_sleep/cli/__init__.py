"""The command line, one file a command. Anything heavy is imported when a command needs it."""

from loihi_sleep.cli.app import app, main

__all__ = ["app", "main"]
