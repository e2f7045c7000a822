"""How the service desk writes: what its mails say, to whom, how often, and what became of them."""
