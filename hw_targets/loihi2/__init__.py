"""Networks on a Loihi 2 board."""
