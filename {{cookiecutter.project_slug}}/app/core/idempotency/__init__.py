"""Requests with an idempotency key: `Once` executes each one time and replays its result."""
