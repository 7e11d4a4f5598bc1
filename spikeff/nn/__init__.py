"""Spiking layers in torch: neurons, synapses, events, and networks of layers."""
