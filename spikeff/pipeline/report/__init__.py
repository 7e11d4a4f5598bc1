"""The report as one HTML page: figures from numbers, and the page around them."""
