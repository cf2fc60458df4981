"""Tokens, passwords and limits of attempts."""
