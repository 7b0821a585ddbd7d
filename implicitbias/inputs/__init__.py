"""What a user passes, checked once: every public function starts with these."""
