"""Progress that is interrupted at some point, as by a user who presses Ctrl-C."""

from loihi_sleep.progress import Silent


class Interrupting(Silent):
    """Interrupts when more than so many steps of work are reported."""

    def __init__(self, after):
        self.left = after

    def advance(self, steps, note=""):
        self.left -= steps
        if self.left < 0:
            raise KeyboardInterrupt
