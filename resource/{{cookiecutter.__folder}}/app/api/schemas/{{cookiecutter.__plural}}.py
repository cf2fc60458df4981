{% set r = cookiecutter | resource %}
"""Sample items, as clients see them."""

from typing import Annotated

from app.core.http.representations import PageOut, Representation
from app.models.sample_item import SampleItem, SampleItemChanges, SampleItemDetails


class SampleItemIn(SampleItemDetails):
    """A sample item to create."""


class SampleItemPatch(SampleItemChanges):
    """New details; what is left out stays as it is."""


SampleItemOut = Annotated[SampleItem, Representation("SampleItemOut", "A sample item.")]


class SampleItemPage(PageOut[SampleItemOut]):
    """Some sample items in order."""
