"""A network with spikes as a job that runs where spikeff is not installed."""
