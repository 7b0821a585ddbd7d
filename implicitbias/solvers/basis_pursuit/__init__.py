"""The l1 limit as a linear program: in doubles, and exactly."""
