"""Connections, sessions and transactions."""
