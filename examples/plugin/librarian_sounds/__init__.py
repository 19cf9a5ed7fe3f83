"""Which components does this package bring? Validators of sounds."""
