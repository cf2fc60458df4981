"""Fields of a resource, as they are written: `name:type[?][:option…]`.

`quantity:int:ge=1`, `note:str?:max=200`, `status:enum:new,paid`, `customer_id:ref:customer`. A
question mark makes a field optional.
"""

import builtins
import re
from collections import Counter
from collections.abc import Callable, Container
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import TypedDict

from service_template.answers.refusal import Refusals, RefusedAnswer, shown
from service_template.answers.reserved import PYTHON_KEYWORDS
from service_template.resources.names import Names, camel, snake, with_article

FURTHEST = 2**53 - 1  # whole numbers that JSON's readers hold exactly (RFC 8259, section 6)
LONGEST_LINE = 4000
LONGEST_TEXT = 16_000  # characters: a TEXT of MySQL has room for 16,383
LONGEST_EMAIL = 254
LONGEST_LIST = 100
LONGEST_UNIQUE = 500  # characters: an index of MySQL has room for 768
MOST_FIELDS = 40

# Attributes of every resource.
TAKEN = frozenset(
    """
    active changed created_at deactivated deactivated_at id is_active new owner_id reactivated self
    updated_at version with_places
    """.split()
)
# Classes and types of every resource have these behind its name.
CLASSES = frozenset(
    """
    Changes Details Id In Out Page PagingDep Patch Query RepositoryDep Service ServiceDep Sort
    """.split()
)
# Parameters of every list, and names in the function that has them.
TAKEN_IN_LISTS = frozenset(
    """
    after criteria cursor filters limit page position position_in query replace request response
    size sort
    """.split()
)


@dataclass(frozen=True)
class Field:
    """A field: its type, and what must be true of its values.

    `least` and `most` bound numbers, or lengths of text and lists; `choices` are an enum's, and
    `element` is what a list has.
    """

    name: str
    kind: str
    optional: bool = False
    unique: bool = False
    least: Decimal | None = None
    most: Decimal | None = None
    digits: int = 12
    places: int = 2
    choices: tuple[str, ...] = ()
    target: Names | None = None
    element: "Field | None" = None
    owner: str = ""

    @property
    def words(self) -> str:
        words = self.name.removesuffix("_id") if self.kind == "ref" else self.name
        return words.replace("_", " ")

    @property
    def a(self) -> str:
        return with_article(self.words)

    @property
    def constant(self) -> str:
        return self.name.upper()

    @property
    def alias(self) -> str:
        """What its type is called where lists are filtered by it as well."""
        return self.cls if self.filters and self.kind in {"str", "int", "email"} else self.python

    @property
    def cls(self) -> str:
        """The name of a type of its own: an enum, or one that lists are filtered by."""
        return self.owner + camel(self.name)

    @property
    def python(self) -> str:
        """Its type in Python, when there is a value."""
        if self.element:
            return f"tuple[{self.element.python}, ...]"
        return {
            "str": "str",
            "text": "str",
            "email": "str",
            "int": "int",
            "float": "float",
            "decimal": "Decimal",
            "bool": "bool",
            "date": "date",
            "datetime": "datetime",
            "uuid": "UUID",
            "ref": "UUID",
            "enum": self.cls,
        }[self.kind]

    @property
    def annotation(self) -> str:
        return f"{self.python} | None" if self.optional else self.python

    @property
    def limits(self) -> str:
        """The limits of a number or a list, as arguments of Pydantic's `Field`."""
        if self.kind == "list":
            return f"max_length={self.most}"
        if self.kind == "int":
            most = "MAX_JSON_INTEGER" if self.most == FURTHEST else self.most
            least = "-MAX_JSON_INTEGER" if self.least == -FURTHEST else self.least
            return f"ge={least}, le={most}"
        if self.kind == "decimal":
            limits = f'ge=Decimal("{self.least}"), le=Decimal("{self.most}")'
            return f"{limits}, max_digits={self.digits}, decimal_places={self.places}"
        if self.kind == "float":
            bounds = {"ge": self.least, "le": self.most}
            given = [f"{key}={float(bound)}" for key, bound in bounds.items() if bound is not None]
            return ", ".join([*given, "allow_inf_nan=False"])
        return ""

    @property
    def rule(self) -> str:
        """What brings a value to its one form, as it stands in `Annotated`."""
        if self.kind == "str":
            return f'SingleLine("{self.a}", {self.least}, {self.most})'
        if self.kind == "text":
            return f'MultiLine("{self.a}", {self.least}, {self.most})'
        return f"AfterValidator(with_places({self.places}))" if self.kind == "decimal" else ""

    @property
    def declared(self) -> str:
        """Its type, when there is a value; times and days have their rules in it."""
        if self.element:
            rule = self.element.rule or f"Field({self.element.limits})"
            return f"tuple[Annotated[{self.element.python}, {rule}], ...]"
        rules = {"date": "BoundedDate", "datetime": "UtcDatetime", "email": "Email"}
        return rules.get(self.kind, self.python)

    @property
    def filters(self) -> bool:
        """Whether lists can be asked for those that have a value in it."""
        return self.unique or self.kind == "ref"

    @property
    def duplicate(self) -> str:
        """The error of storage that says: another one has this value."""
        return f"Duplicate{self.owner}{camel(self.name)}"

    @property
    def taken(self) -> str:
        """The type of the problem that says so."""
        return snake(f"{self.owner}_{self.name}_taken").replace("_", "-")

    @property
    def unknown(self) -> str:
        """The type of the problem that says: what this refers to is not there."""
        words = self.name.removesuffix("_id")
        return snake(f"{self.owner}_{words}_unknown").replace("_", "-")

    @property
    def choice_names(self) -> list[tuple[str, str]]:
        return [(choice.upper(), choice) for choice in self.choices]

    @property
    def length(self) -> int:
        return 50 if self.kind == "enum" else int(self.most or 0)


def parse(text: str, owner: Names, find: Callable[[str], Names | None]) -> tuple[Field, ...]:
    """Return the fields that a text describes; `find` returns the resource of a name.

    Raises:
        RefusedAnswer: a line for each thing that is wrong, with the field's name.
    """
    refusals = Refusals()
    words = text.split()
    fields: list[Field] = []
    for word in words:
        with refusals.gathered():
            fields.append(_field(word, owner, find))
    if not words:
        refusals.append('fields is empty: give some, such as FIELDS="quantity:int:ge=1".')
    elif all(field.kind == "ref" for field in fields) and len(fields) == len(words):
        refusals.append("fields has references only: give one that can be changed as well.")
    if len(words) > MOST_FIELDS:
        refusals.append(f"fields has {len(words)} fields, and {MOST_FIELDS} are the most.")
    names = Counter(word.partition(":")[0] for word in words)
    refusals += (f"fields has {shown(name)} twice." for name, times in names.items() if times > 1)
    room = sum(field.length for field in fields if field.kind == "str")
    if room > 4 * LONGEST_LINE:
        refusals.append(
            f"fields has texts of {room} characters, and a row has room for {4 * LONGEST_LINE}: "
            "set max= for some, or make them text."
        )
    refusals.raise_any()
    return tuple(fields)


def _field(word: str, owner: Names, find: Callable[[str], Names | None]) -> Field:
    name, _, rest = word.partition(":")
    given = _Given(word, name)
    refusals = Refusals()
    with refusals.gathered():
        given.refuse_name(owner)
    with refusals.gathered():
        field = _typed(given, rest, owner, find)
    refusals.raise_any()
    return field


def _typed(given: "_Given", rest: str, owner: Names, find: Callable[[str], Names | None]) -> Field:
    """Return the field of a type and its options, such as `str?:max=200`."""
    kind, *options = rest.split(":")
    optional = kind.endswith("?")
    kind = kind.removesuffix("?")
    if kind not in OPTIONS:
        given.refuse(f"its type must be one of {', '.join(OPTIONS)}, with ? if it is optional")
    choices: tuple[str, ...] = ()
    target = None
    if kind == "enum":
        choices = given.choices(options.pop(0) if options else "")
    if kind == "ref":
        target = given.target(options.pop(0) if options else "", owner, find, optional)
    element = None
    if kind == "list":
        element, options = given.element(options)
    unique = "unique" in options
    settings = given.settings(kind, [option for option in options if option != "unique"])
    if unique and kind not in UNIQUE:
        given.refuse(f"only {', '.join(UNIQUE)} can be unique")
    field = Field(
        given.name,
        kind,
        optional,
        unique,
        choices=choices,
        target=target,
        element=element,
        owner=owner.cls,
        **given.bounds(kind, settings),
    )
    given.refuse_meaning(field)
    return field


OPTIONS = {
    "str": ("min", "max"),
    "text": ("min", "max"),
    "email": (),
    "int": ("ge", "gt", "le", "lt"),
    "float": ("ge", "le"),
    "decimal": ("ge", "gt", "le", "lt", "digits", "places"),
    "list": ("items",),
    "bool": (),
    "date": (),
    "datetime": (),
    "uuid": (),
    "enum": (),
    "ref": (),
}
ELEMENTS = ("str", "int", "float")
UNIQUE = ("str", "email", "int", "uuid", "ref")


class Bounds(TypedDict, total=False):
    """What a field says of its bounds, as `Field` has them."""

    least: Decimal | None
    most: Decimal | None
    digits: int
    places: int


@dataclass(frozen=True)
class _Given:
    """A field as it was written, to be understood or refused."""

    word: str
    name: str

    def refuse(self, why: str) -> None:
        raise RefusedAnswer(f"field {shown(self.word)} is refused: {why}.")

    def refuse_name(self, owner: Names) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", self.name):
            self.refuse("its name must be words of a-z and 0-9, such as placed_at")
        if len(self.name) > 40:
            self.refuse("its name has more than 40 characters")
        if self.name in TAKEN:
            self.refuse(f"{self.name} is something else in every resource; give another name")
        if self.name in PYTHON_KEYWORDS or hasattr(builtins, self.name):
            self.refuse(f"{self.name} is a name of Python's own; try {owner.singular}_{self.name}")
        if self.name.startswith("model_"):
            self.refuse("names that begin with model_ are Pydantic's own")

    def refuse_meaning(self, field: Field) -> None:
        """Refuse a field that clashes in code, or has no room in a database."""
        if field.kind == "email" and field.owner == "Email":
            self.refuse("Email is the name of its type; call the resource something else")
        if field.filters and field.name in TAKEN_IN_LISTS:
            self.refuse(f"{field.name} is something else in every list; give another name")
        if camel(field.name) in CLASSES and (field.kind == "enum" or field.alias != field.python):
            self.refuse(f"{field.cls} is something else in every resource; give another name")
        line = field.element if field.element and field.element.kind == "str" else None
        if line and line.length * field.length > LONGEST_TEXT:
            self.refuse(f"set items= and max= to {LONGEST_TEXT} characters in all at most")
        if field.unique and field.kind == "str" and field.length > LONGEST_UNIQUE:
            self.refuse(f"it is unique, so set max= to {LONGEST_UNIQUE} at most")

    def choices(self, given: str) -> tuple[str, ...]:
        choices = tuple(given.split(",")) if given else ()
        if len(choices) < 2 or len(set(choices)) < len(choices):
            self.refuse("an enum needs two different values or more, such as status:enum:new,paid")
        for choice in choices:
            if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", choice) or len(choice) > 50:
                self.refuse(f"{shown(choice)} is no value: use a-z, 0-9 and _, such as on_hold")
            if choice.upper() in ("NAME", "VALUE", "MRO") or hasattr(str, choice.upper()):
                self.refuse(f"{shown(choice)} means something else in every enum")
        return choices

    def element(self, options: list[str]) -> tuple[Field, list[str]]:
        """Return what a list has, and the options that are those of the list itself."""
        kind, *others = options or [""]
        if kind not in ELEMENTS:
            self.refuse(
                f"say which of {', '.join(ELEMENTS)} it has, such as tags:list:str:max=30:items=10"
            )
        own = [option for option in others if option == "unique" or option.startswith("items=")]
        settings = self.settings(kind, [option for option in others if option not in own])
        return Field("element", kind, **self.bounds(kind, settings)), own

    def target(
        self, given: str, owner: Names, find: Callable[[str], Names | None], optional: bool
    ) -> Names | None:
        name = snake(given)
        if not name:
            self.refuse("say which resource it refers to, such as customer_id:ref:customer")
        if not self.name.endswith("_id"):
            self.refuse(f"a reference holds an id; call it {self.name}_id")
        if name == owner.singular:
            if not optional:
                self.refuse("the first one could refer to none; make it optional: ref?")
            return owner
        found = find(name)
        if found is None:
            self.refuse(f"this service has no resource {shown(name)}")
        return found

    def settings(self, kind: str, options: list[str]) -> dict[str, Decimal]:
        refusals = Refusals()
        found: dict[str, Decimal] = {}
        for option in options:
            with refusals.gathered():
                key, number = self._setting(kind, option, found)
                found[key] = number
        refusals.raise_any()
        return found

    def _setting(self, kind: str, option: str, found: Container[str]) -> tuple[str, Decimal]:
        key, _, value = option.partition("=")
        if key not in OPTIONS[kind] or key in found:
            known = [*(f"{name}=" for name in OPTIONS[kind])]
            known += ["unique"] if kind in UNIQUE else []
            said = f"it may have {', '.join(known)}" if known else "it may have no options"
            self.refuse(f"{shown(option)} is not for {kind}: {said}, each once")
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        is_whole = kind not in ("decimal", "float") or key in ("digits", "places")
        if not number.is_finite() or (is_whole and number % 1):
            self.refuse(f"{shown(option)} needs a {'whole ' if is_whole else ''}number")
        return key, number

    def bounds(self, kind: str, settings: dict[str, Decimal]) -> Bounds:
        if kind == "str":
            return self._length(settings, 200, LONGEST_LINE)
        if kind == "text":
            return self._length(settings, 2000, LONGEST_TEXT)
        if kind == "list":
            return self._items(settings)
        if kind == "email":
            return {"least": Decimal(0), "most": Decimal(LONGEST_EMAIL)}
        if kind == "float":
            return self._fractions(settings)
        if kind == "int":
            return self._range(settings, Decimal(1), Decimal(FURTHEST))
        return self._decimals(settings) if kind == "decimal" else {}

    def _decimals(self, settings: dict[str, Decimal]) -> Bounds:
        digits, places = int(settings.get("digits", 12)), int(settings.get("places", 2))
        if not (1 <= digits <= 18 and 0 <= places <= digits):
            self.refuse("digits= must be from 1 to 18, and places= from 0 to digits")
        step = Decimal(1).scaleb(-places)
        found = self._range(settings, step, 10 ** (digits - places) - step)
        return {**found, "digits": digits, "places": places}

    def _length(self, settings: dict[str, Decimal], usual: int, longest: int) -> Bounds:
        least, most = settings.get("min", Decimal(1)), settings.get("max", Decimal(usual))
        if not 0 <= least <= most or not 1 <= most <= longest:
            self.refuse(f"min= and max= must rise, from 0 to {longest}")
        return {"least": least, "most": most}

    def _items(self, settings: dict[str, Decimal]) -> Bounds:
        most = settings.get("items", Decimal(20))
        if not 1 <= most <= LONGEST_LIST:
            self.refuse(f"items= must be from 1 to {LONGEST_LIST}")
        return {"least": Decimal(0), "most": most}

    def _fractions(self, settings: dict[str, Decimal]) -> Bounds:
        least, most = settings.get("ge"), settings.get("le")
        if not all(isfinite(bound or 0) for bound in (least, most)):
            self.refuse("its bounds must be finite")
        if least is not None and most is not None and not float(least) < float(most):
            self.refuse("its bounds must rise")
        return {"least": least, "most": most}

    def _range(self, settings: dict[str, Decimal], step: Decimal, furthest: Decimal) -> Bounds:
        for one, other in (("ge", "gt"), ("le", "lt")):
            if one in settings and other in settings:
                self.refuse(f"give {one}= or {other}=, not both")
        least = settings.get("ge", settings["gt"] + step if "gt" in settings else -furthest)
        most = settings.get("le", settings["lt"] - step if "lt" in settings else furthest)
        if not -furthest <= least < most <= furthest:
            self.refuse(f"its bounds must rise, and lie between {-furthest} and {furthest}")
        if least % step or most % step:
            self.refuse(f"its bounds must be multiples of {step}")
        return {"least": least.quantize(step), "most": most.quantize(step)}
