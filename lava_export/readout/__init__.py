"""The readout as neurons on the chip."""
