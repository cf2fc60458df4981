"""Business rules and transactions; nothing here knows of HTTP or of a database."""
