"""Files of the frozen values: written whole or not at all, read without trusting them."""
