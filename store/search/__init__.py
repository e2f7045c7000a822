"""Full-text search of tickets: an index of folded words that both databases fill and ask in their own way."""
