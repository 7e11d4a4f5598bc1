"""Search over configurations: accuracy against energy."""
