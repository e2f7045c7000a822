"""Files in requests: what they are, which are let in, how they are given out."""
