"""Logging in: the steps, the second factors, the links, the providers."""
