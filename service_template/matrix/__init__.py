"""Proves every combination of choices: what `make prove` runs, and `make test` for some."""
