"""Sound as data: wav files, a cochlear filter bank, its spikes, and the data sets made of them."""
