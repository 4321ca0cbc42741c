"""What a stranger brings to loihi-sleep."""
