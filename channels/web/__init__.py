"""The pages: log in, make a request, follow it. RULE channel-web."""
