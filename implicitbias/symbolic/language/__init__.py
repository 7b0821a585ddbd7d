"""What is said: proofs, statements, steps, the scope of symbols, printing."""
