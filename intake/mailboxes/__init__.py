"""The mailboxes that are read: when, by which node, with which policy, and what is wrong with them."""
