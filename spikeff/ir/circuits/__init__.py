"""Small circuits of stock neurons that hold what training promises of spike counts."""
