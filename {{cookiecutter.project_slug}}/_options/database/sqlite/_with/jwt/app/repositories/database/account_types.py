"""Column types of accounts, as SQLite has them."""

from sqlalchemy import LargeBinary, String

PasswordHash = String(255)
Digest = LargeBinary(32)
