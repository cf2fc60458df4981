"""What the hooks do: setting aside what is overwritten, choosing, recording, verifying, committing."""
