"""Training awake: gradient descent, and known remedies against forgetting."""
