"""Lists of contacts that come and go as files: sheets, plans of an import, cards."""
