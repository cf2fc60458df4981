"""What PostgreSQL lets in unless it is told otherwise, and what a process asks of it."""

CONNECTIONS = 100 - 3
"""`max_connections` less `superuser_reserved_connections`, as they are by default.

Source: https://www.postgresql.org/docs/current/runtime-config-connection.html
"""

POOLS = 1
