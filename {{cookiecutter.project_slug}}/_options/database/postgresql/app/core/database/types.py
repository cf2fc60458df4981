"""Column types, as PostgreSQL has them."""

from sqlalchemy import DateTime, String, Uuid

Identifier = Uuid()

Email = String(254, collation="C")
"""Ordered by code point; other collations change with the server's operating system."""

Name = String(100)
HexDigest = String(64)
Label = String(200)
Moment = DateTime(timezone=True)
