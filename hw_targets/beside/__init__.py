"""What our figures are compared with: dense networks, hosts, other energy models and benchmarks."""
