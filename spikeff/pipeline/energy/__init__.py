"""Energy of networks, and of what they are compared with."""
