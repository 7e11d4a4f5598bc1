"""Pictures of spikes, trainings and searches."""
