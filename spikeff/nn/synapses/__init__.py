"""Synapses in torch, one file per kind of connectivity: input currents and weight changes."""
