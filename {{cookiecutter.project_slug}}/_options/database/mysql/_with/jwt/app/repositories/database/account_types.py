"""Column types of accounts, as MySQL and MariaDB have them."""

from sqlalchemy import BINARY
from sqlalchemy.dialects.mysql import VARCHAR

PasswordHash = VARCHAR(255, charset="ascii", collation="ascii_bin")
Digest = BINARY(32)
