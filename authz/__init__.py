"""Who may: claims, evidence, and the one decision that serves every channel."""
