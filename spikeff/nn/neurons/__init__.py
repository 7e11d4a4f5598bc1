"""Neuron models: their dynamics, and how an error propagates back to their input current."""
