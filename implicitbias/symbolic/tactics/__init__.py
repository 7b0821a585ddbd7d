"""What a proof file calls."""
