"""The presets of ``spikeff train --preset NAME``: a file for each kind of data."""
