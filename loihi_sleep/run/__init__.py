"""How networks run: engine and numerics, and guarded runs on Lava's simulator."""
