"""``python -m loihi_sleep``."""

from loihi_sleep.cli import main

main()
