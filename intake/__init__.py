"""Intake: the gateway through which every request reaches a service desk."""
