"""Networks in time: populations, projections, feedback; run step by step where there is a loop."""
