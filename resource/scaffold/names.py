"""What a resource is called: in the singular and the plural, in each letter case."""

import builtins
import re
from dataclasses import dataclass

from extensions.refusal import Refusals, RefusedAnswer, shown
from extensions.reserved import PYTHON_KEYWORDS

LONGEST = 40

IRREGULAR = {"child": "children", "man": "men", "woman": "women", "person": "people"}

# Words that sound as if they began with another letter.
AN = re.compile(r"[aeio]|u(?!ni|se|ti|til|ro|ra)|hour|heir|honest|honou?r")
A = re.compile(r"one|once|eu")

# What each resource's code calls something else.
TAKEN = frozenset(
    """
    about absent access action active ada add add_reference administrator after
    after_validator annotated answer api_router app arrange async_iterator
    asynccontextmanager at awaitable aware_datetime base_model before bob body branch_label
    cache caller capture_log caught change changed checks client clock cls code column
    concurrent_change config_dict container container_of contextmanager count create
    criteria current cursor database dataclass date date_time datetime day deactivate
    deactivated decimal depends descending detail document downgrade drop_collection
    duplicate entity entity_collection entity_table entity_tag error etag event exact
    expected failed fetching field filter first found given gone header headers httpx2 id
    idempotency idempotency_key identifier identity ids inbox index index_model insert
    integer invalid_details item iterator json_value kept key least limit line link load log
    logger mapping measured memory_storage metadata metric migration missing mock model
    moment more most mysql name new new_id new_user next note_of nothing now number of once
    op other outbox own_key owner page paged_query paging parameter partial path position
    problem put_collection put_index pytest query reader reference refusal registration
    repeatable repeated replace replayed repository representation request response revision
    route router row rule sa same scaled_decimal schema second select self service
    service_error session setting size sort stale stale_entity stale_version statement
    status status_code stepping_clock storage storage_unavailable stored stranger structlog
    table tag tagged taken test text things tie timedelta timezone token_hex type_adapter
    unit_of_work unit_of_work_factory unknown unnamed update upgrade user utc uuid uuid4
    value version versioned work write_session
    """.split()
)


@dataclass(frozen=True)
class Names:
    """A name in all its forms: `purchase_order`, `PurchaseOrder`, `purchase-orders` …"""

    singular: str
    plural: str

    @property
    def cls(self) -> str:
        return camel(self.singular)

    @property
    def classes(self) -> str:
        return camel(self.plural)

    @property
    def words(self) -> str:
        return self.singular.replace("_", " ")

    @property
    def plural_words(self) -> str:
        return self.plural.replace("_", " ")

    @property
    def a(self) -> str:
        """The name with its article: `an order`, `a user`."""
        return with_article(self.words)

    @property
    def title(self) -> str:
        return self.words.capitalize()

    @property
    def plural_title(self) -> str:
        return self.plural_words.capitalize()

    @property
    def path(self) -> str:
        """What stands in addresses."""
        return self.plural.replace("_", "-")

    @property
    def problem(self) -> str:
        """What types of problems begin with."""
        return self.singular.replace("_", "-")

    @property
    def constant(self) -> str:
        return self.singular.upper()

    @property
    def constants(self) -> str:
        return self.plural.upper()


def names_of(name: str, plural: str = "") -> Names:
    """Return the forms of a name that was given in one of them.

    Raises:
        RefusedAnswer: it is no name, a plural, or means something already; a line for each.
    """
    refusals = Refusals()
    singular = snake(name)
    several = snake(plural) if plural else plural_of(singular)
    with refusals.gathered():
        _refuse("name", name, _wrong_with(singular, name))
        if not plural and re.search(r"(?<![siu])s$", singular):
            _refuse("name", name, "it looks like a plural; give the singular, or both")
    if plural or not refusals:
        with refusals.gathered():
            _refuse("plural", plural or several, _wrong_with(several, plural or several))
            if several == singular:
                _refuse("plural", plural, "it is the singular as well; give another one")
    refusals.raise_any()
    return Names(singular, several)


def _wrong_with(word: str, given: str) -> str | None:
    if not given:
        return "it is empty; give a name in the singular, such as order"
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", word):
        return "it must be words of a-z and 0-9 that begin with a letter, such as purchase_order"
    if len(word) > LONGEST:
        return f"it has {len(word)} characters, and {LONGEST} are the most"
    if why := why_taken(word):
        return f"it is {why}; give a longer one, such as customer_{word}"
    return None


def why_taken(word: str) -> str | None:
    """Say what has this name already in every module; None if nothing has."""
    if word in PYTHON_KEYWORDS:
        return "a keyword of Python"
    if hasattr(builtins, word) or hasattr(builtins, camel(word)):
        return "a name that Python has itself"
    if word in TAKEN or (word.endswith("s") and word[:-1] in TAKEN):
        return "a name that the code of every resource uses"
    return None


def _refuse(question: str, given: str, wrong: str | None) -> None:
    if wrong:
        raise RefusedAnswer(f"{question} {shown(given)} is refused: {wrong}.")


def snake(name: str) -> str:
    """Return `PurchaseOrder`, `purchase-order` and `purchase order` as `purchase_order`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.strip())
    return re.sub(r"[-_ ]+", "_", parted).lower()


def camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def plural_of(name: str) -> str:
    """Return the plural of the last word: `categories`, `boxes`, `days`."""
    first, _, last = name.rpartition("_")
    if last in IRREGULAR:
        last = IRREGULAR[last]
    elif re.search(r"[^aeiou]y$", last):
        last = f"{last[:-1]}ies"
    elif re.search(r"(s|x|z|ch|sh)$", last):
        last = f"{last}es"
    else:
        last = f"{last}s"
    return f"{first}_{last}" if first else last


def with_article(words: str) -> str:
    is_an = AN.match(words) and not A.match(words)
    return f"{'an' if is_an else 'a'} {words}"
