"""Recurrent networks: populations and projections with delays, run step by step in loops."""
