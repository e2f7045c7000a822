"""The commands for operators and admins, a file for each group."""
