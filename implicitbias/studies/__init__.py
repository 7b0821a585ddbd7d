"""Studies: a configuration in, rows out. Nothing here writes a file."""
