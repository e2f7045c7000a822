"""Which messages and tickets belong together, and who takes part."""
