"""A mesh that blocks: which messages a step has, the ways they take, how long that lasts."""
