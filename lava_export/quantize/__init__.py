"""From floats to integers: scales, weight grids, calibration, and what was lost."""
