{% set r = cookiecutter | resource %}
{% set n = r.names %}
{% if r.unique %}
"""Errors of the storage of {{ n.plural_words }}."""

from app.core.database.errors import RepositoryError
{% for f in r.unique %}


class {{ f.duplicate }}(RepositoryError):
    """Another {{ n.words }} has this {{ f.words }}."""

    is_refusal = True
{% endfor %}
{% endif %}
