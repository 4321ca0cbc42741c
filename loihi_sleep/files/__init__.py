"""Files that are whole or absent, and files of unknown origin."""
