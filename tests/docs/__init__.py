"""Do the documents hold? Every command, every configuration, every link."""
