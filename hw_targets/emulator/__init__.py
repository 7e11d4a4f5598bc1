"""The exact NumPy model of Loihi's fixed point, and a torch kernel of the same."""
