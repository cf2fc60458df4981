"""Idempotency keys, with every storage."""
