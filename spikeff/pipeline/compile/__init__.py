"""From a trained or imported network to integers."""
