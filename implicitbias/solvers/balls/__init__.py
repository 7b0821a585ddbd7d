"""The dual Newton method in ball arithmetic: any digits, each proved."""
