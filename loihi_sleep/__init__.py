"""Sleep for spiking networks on Intel's Lava and Loihi 2."""

__version__ = "0.1.0"
