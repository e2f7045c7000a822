"""Tickets: their values, their life cycle, and how a request finds the one it belongs to."""
