"""Learning on emulated chips: networks that are plastic, and what trains them."""
