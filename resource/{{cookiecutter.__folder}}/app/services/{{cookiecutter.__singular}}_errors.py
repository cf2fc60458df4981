{% set r = cookiecutter | resource %}
{% set n = r.names %}
"""Errors of the rules about {{ n.plural_words }}."""

from app.core.errors import Conflict, NotFound, Rejected


class {{ n.cls }}NotFound(NotFound):
    """There is no {{ n.words }} with this id."""

    title = "{{ n.title }} not found"
    detail = "There is no {{ n.words }} with this id."
{% for f in r.unique %}


class {{ f.taken }}(Conflict):
    """Another {{ n.words }} has this {{ f.words }}."""

    title = "{{ f.words.capitalize() }} taken"
    detail = "Another {{ n.words }} has this {{ f.words }} already."
{% endfor %}
{% for f in r.references %}


class {{ f.unknown }}(Rejected):
    """{{ n.a.capitalize() }} refers to {{ f.target.a }} that is not there."""

    title = "{{ f.words.capitalize() }} unknown"
    detail = "There is no {{ f.target.words }} with the id in `{{ f.name }}`."
{% endfor %}


class {{ n.cls }}Deactivated(Conflict):
    """A deactivated {{ n.words }} keeps the details it had."""

    title = "{{ n.title }} deactivated"
    detail = "This {{ n.words }} is deactivated and can't be changed."
