"""Kinds of neurons: how they step, and how an error goes back to their drive."""
