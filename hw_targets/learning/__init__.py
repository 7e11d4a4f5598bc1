"""The learning engine of a chip, emulated: plastic synapses of many devices side by side."""
