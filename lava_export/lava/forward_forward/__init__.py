"""Forward-Forward learning as a graph of Lava processes: stock synapses, neurons with a program."""
