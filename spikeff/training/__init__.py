"""Training runs: the trainer, its evaluation, its checkpoints."""
