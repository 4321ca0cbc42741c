"""Loihi 2: what is available here."""
