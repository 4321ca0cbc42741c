"""Worlds that agents live in, as Gymnasium environments."""
