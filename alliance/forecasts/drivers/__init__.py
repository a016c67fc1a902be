"""What planners know of the future and no advertisement says yet, laid over the statistical
forecast."""
