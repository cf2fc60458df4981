{% set r = cookiecutter | resource %}
{% set n = r.names %}
"""{{ n.plural_title }}, as clients see them."""

from typing import Annotated

from app.core.http.representations import PageOut, Representation
from app.models.{{ n.singular }} import {{ n.cls }}, {{ n.cls }}Changes, {{ n.cls }}Details


class {{ n.cls }}In({{ n.cls }}Details):
    """{{ n.a.capitalize() }} to create."""


class {{ n.cls }}Patch({{ n.cls }}Changes):
    """New details; what is left out stays as it is."""


{{ n.cls }}Out = Annotated[{{ n.cls }}, Representation("{{ n.cls }}Out", "{{ n.a.capitalize() }}.")]


class {{ n.cls }}Page(PageOut[{{ n.cls }}Out]):
    """Some {{ n.plural_words }} in order."""
