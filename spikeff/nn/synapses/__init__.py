"""Synapses in torch, one file a kind of connectivity: drive of given spikes, change of weights."""
