"""Authentication: settings, tokens, and the errors of callers without access."""
