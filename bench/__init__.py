"""How fast is it, beside what else one would pick? `make bench`; docs/performance.md tells more."""
