"""Data sets, the encoders that turn them into spikes, and augmentation."""
