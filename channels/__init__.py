"""The adapters: what speaks SMTP, LMTP, IMAP, webhooks and HTML. They know the core; the core does not know them."""
