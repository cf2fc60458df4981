"""What the commands of `tools` do."""
