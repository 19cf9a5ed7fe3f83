"""Is anything lost or doubled when things break? Faults under load, and a look into the stores."""
