"""What MySQL lets in unless it is told otherwise, and what a process asks of it."""

CONNECTIONS = 151
"""`max_connections`, as it is by default.

Source: https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html
"""

POOLS = 2
"""One for reads, one for units of work."""
