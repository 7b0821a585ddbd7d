"""What a user passes, checked once: every entry to the package comes in by these."""
