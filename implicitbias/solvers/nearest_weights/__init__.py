"""The explicit regularizer above depth 2: the nearest weights to the start."""
