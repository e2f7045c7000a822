"""Monthly statements: drawn, closed, amended, and as a page."""
