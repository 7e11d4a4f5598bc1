"""What a run costs: counts, placement, traffic, latency, energy."""
