"""Other simulators and baselines that the networks are checked against."""
