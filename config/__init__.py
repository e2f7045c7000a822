"""Settings: one TOML file, the environment and secret files, read once at start-up."""
