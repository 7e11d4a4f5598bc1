"""Networks as objects: trained on arrays, loaded by name, asked for answers, exported."""
