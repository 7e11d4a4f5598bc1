"""The integer network: values, file, bounds, timing."""
