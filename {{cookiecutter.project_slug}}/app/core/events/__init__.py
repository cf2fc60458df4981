"""Events: `Event` and `Outbox` to announce them, `Handler` to react to them.

`open_jobs` of `runner` delivers events from the outbox to handlers: at least once, and what
a handler writes to its unit of work takes effect once.
"""
