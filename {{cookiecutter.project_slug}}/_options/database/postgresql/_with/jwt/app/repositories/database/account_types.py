"""Column types of accounts, as PostgreSQL has them."""

from sqlalchemy import LargeBinary, String

PasswordHash = String(255)
Digest = LargeBinary(32)
