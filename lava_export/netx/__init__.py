"""Networks of lava-dl: the HDF5 files of its ``netx`` as integers."""
