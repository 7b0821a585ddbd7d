"""What decides: balls, fields of functions, signs, expansions at an end."""
