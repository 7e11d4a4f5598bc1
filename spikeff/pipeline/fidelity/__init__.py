"""Is it the same network? Simulators side by side, and what quantisation costs."""
