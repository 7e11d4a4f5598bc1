"""Data sets, the encoders that turn them into spikes, and what is done to samples on the way."""
