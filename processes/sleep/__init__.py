"""The sleep process: between any input and any network."""
