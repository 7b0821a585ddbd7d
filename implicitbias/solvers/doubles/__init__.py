"""The dual Newton method in doubles, and its certificates."""
