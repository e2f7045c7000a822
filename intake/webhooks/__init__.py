"""Events for other programs: rows of the transaction that caused them, posted as Standard Webhooks, at least once."""
