"""What stands beside our figures: dense networks, hosts, other energy models and benchmarks."""
