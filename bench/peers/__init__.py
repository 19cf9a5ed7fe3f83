"""What would be picked instead? The same service, as a good engineer would write it today."""
