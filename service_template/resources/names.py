"""What a resource is called: in the singular and the plural, in each letter case."""

import builtins
import re
from dataclasses import dataclass

from service_template.answers.refusal import Refusals, RefusedAnswer, shown
from service_template.answers.reserved import PYTHON_KEYWORDS

LONGEST = 40

IRREGULAR = {"child": "children", "man": "men", "woman": "women", "person": "people"}

# Words that sound as if they began with another letter.
AN = re.compile(r"[aeio]|u(?!ni|se|ti|til|ro|ra)|hour|heir|honest|honou?r")
A = re.compile(r"one|once|eu")

# Names that meet those of a resource in its code, and attributes of storage.
TAKEN = frozenset(
    """
    access add after_validator annotated answer assert_problem at awaitable bounded_date
    caller caller_dep capture_logs change changed check class_var client clock
    collection container current cursor datetime deactivatable deactivate decimal delete depends details
    duplicate entity entities entity_collection entity_service entity_table expected_version
    field first forbidden found given header httpx2 id idempotency idempotency_key identifier
    identity inbox index_model limit location_header log mapping
    migration moment not_found outbox page page_out paged_query paging parameter partial
    path problem pytest query read reader registration repeatable repository
    representation request request_body resource response router row scaled_decimal
    second self service set_etag single_line sort stale status stepping_clock storage
    str_enum tagged test thing translate_storage_errors type_adapter unit_of_work
    unit_of_work_factory unknown unnamed user utc_datetime uuid4 wanted work
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
    def capital_a(self) -> str:
        return self.a.capitalize()

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

    def put_into(self, text: str) -> str:
        """Return a text about sample items with these names instead, each in its form."""
        sample = Names("sample_item", "sample_items")
        forms = {getattr(sample, form): getattr(self, form) for form in FORMS}
        return re.sub("|".join(forms), lambda found: forms[found[0]], text)


# Longer ones first: a plural begins with its singular.
FORMS = (
    *("constants", "constant", "classes", "cls", "plural", "singular", "path", "problem"),
    *("plural_title", "capital_a", "title", "plural_words", "a", "words"),
)


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
