"""Runs of the forecast: started, computed in the worker, explained, compared, kept with their
model."""
