{% set r = cookiecutter | resource %}
{% if r.unique %}
"""Errors of the storage of sample items."""

from app.core.database.errors import RepositoryError
{% for f in r.unique %}


class {{ f.duplicate }}(RepositoryError):
    """Another sample item has this {{ f.words }}."""

    is_refusal = True
{% endfor %}
{% endif %}
