"""The database: connections, sessions, transactions, and errors in words of repositories.

A service derives its `Storage` and `UnitOfWork` from those here. Each of its resources is a
declaration, an `EntityMapping`, which the generic `Reader` and `Repository` serve.
"""
