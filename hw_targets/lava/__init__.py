"""Networks on Lava's own simulation of the chip."""
