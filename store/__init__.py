"""The database and the blobs: tables, transactions, queries, migrations, leases."""
