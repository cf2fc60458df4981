"""The database: connections, sessions, transactions, and errors in words of repositories.

A service derives its `Storage` and `UnitOfWork` from those here, and maps the names of its
constraints to errors with `constraint_errors`.
"""
