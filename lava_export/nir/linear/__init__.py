"""What stands between spikes and neurons: linear maps, their products and their sums."""
