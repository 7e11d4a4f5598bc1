"""What Loihi chips hold: widths, ranges and sizes, each with its source."""
