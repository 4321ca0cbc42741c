"""One experiment with many settings: a grid of them, or trials chosen one after another."""
