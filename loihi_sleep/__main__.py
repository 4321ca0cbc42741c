"""``python -m loihi_sleep``."""

from loihi_sleep.cli import main

if __name__ == "__main__":
    main()
