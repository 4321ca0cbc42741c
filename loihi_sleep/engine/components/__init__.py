"""What the engine knows of each ProcessModel that it runs."""
