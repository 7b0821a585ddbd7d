"""Proof files: read, held to the rules, run, and entered in the ledger."""
