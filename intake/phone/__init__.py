"""Calls in the core: what is kept of them, what a caller proves, what technicians see."""
