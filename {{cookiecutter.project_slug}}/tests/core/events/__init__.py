"""From the outbox to the handlers, with every storage."""
