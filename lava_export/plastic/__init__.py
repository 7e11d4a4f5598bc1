"""Forward-Forward learning as a chip does it: the numbers of its rule and its neurons' program."""
