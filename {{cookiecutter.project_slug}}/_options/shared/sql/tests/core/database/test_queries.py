"""Statements as text, whichever database they are for."""

from weakref import ref

from sqlalchemy import column, select

from app.core.database.queries import Statement, query_of


def test_query_of_statement_is_made_once_and_kept_no_longer_than_it() -> None:
    statement: Statement = select(column("any"))

    query = query_of(statement)

    assert query_of(statement) is query
    of_query = ref(query)
    del statement, query
    assert of_query() is None
