"""The foraging world and its agent, as the two ends of a network."""
