"""What of an answer is time: recorded spikes perturbed, read again, and counted."""
