"""Map-based spiking neurons, driven by conductances."""
