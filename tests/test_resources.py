"""`make resource` adds a resource to a service, in the very shape of `users`, or leaves it alone."""

import ast
import json
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from service_template.answers.refusal import RefusedAnswer
from service_template.matrix.combinations import Choices
from service_template.matrix.gates import OF_CODE, complaint, first_complaint
from service_template.matrix.service import Finished, Service, last_line, run
from service_template.ownership import Ownership, owner_of
from service_template.paths import TEMPLATE
from service_template.record import NAME
from service_template.resources import examples, install
from service_template.resources import service as services
from service_template.resources.edits import Beside, Imports, NoPlace
from service_template.resources.fields import Field, parse
from service_template.resources.names import Names, names_of, snake, why_taken
from service_template.resources.options import Options, parse_options
from service_template.resources.registration import edits_for
from service_template.resources.template import Resource
from tests.conftest import Bake, MakeService, git

ORDER = ("order", "customer_id:uuid quantity:int:ge=1 note:str?:max=200 placed_at:datetime")
"""The example of the documentation."""

ARTICLE = ("article", "title:str:max=100 body:text", "options=public-read no-owner delete")
"""The other one, with options."""

POST = ("post", "title:str:max=100:unique parent_id:ref?:post", "options=public-read delete")
CUSTOMER = ("customer", "name:str:max=120 vat_number:str?:min=4:max=20:unique number:int:unique")
EVERYTHING = (
    "PurchaseOrder",
    "customer_id:ref:customer buyer_id:ref?:user parent_id:ref?:purchase_order code:uuid:unique "
    "price:decimal:ge=0:digits=10 discount:decimal?:places=4:le=1 gift:bool due:date again:date? "
    "placed_at:datetime paid_at:datetime? status:enum:new,paid mood:enum?:good,bad seats:int:ge=1:le=2 "
    "terms:text story:text?:max=16000 contact:email:unique copy:email? ratio:float share:float?:ge=0:le=1 "
    "tags:list:str:max=30:items=10 scores:list?:int:ge=0:items=1 shares:list:float:le=1",
)


# Migrations


def migrations(folder: Path, **before: str) -> services.Service:
    """Return a service with steps of these names, each with what it says comes before it."""
    for path in (folder / "app" / "services", folder / services.VERSIONS):
        path.mkdir(parents=True)
    (folder / "app" / "services" / "users.py").touch()
    record = {"context": {"cookiecutter": {"database": "sqlite", "auth": "none"}}}
    (folder / NAME).write_text(json.dumps(record))
    for revision, comes_before in before.items():
        text = f'revision = "{revision[1:]}"\ndown_revision = {comes_before}\n'
        (folder / services.VERSIONS / f"{revision[1:]}.py").write_text(text)
    return services.Service.at(str(folder))


def test_a_resource_comes_behind_the_step_that_joins_two_branches(tmp_path: Path) -> None:
    fork = {"_0001": "None", "_0002_fax": '"0001"', "_0002_phone": '"0001"'}
    joined = '(\n    "0002_fax",\n    "0002_phone",\n)'

    service = migrations(tmp_path / "joined", **fork, _0003_merge=joined)
    forked = migrations(tmp_path / "forked", **fork)

    assert (service.last_revision, service.next_migration) == ("0003_merge", "0004")
    with pytest.raises(RefusedAnswer, match=r"0002_fax, 0002_phone.*make merge-migrations"):
        _ = forked.last_revision


# Names


@pytest.mark.parametrize(
    ("given", "plural", "singular", "several", "cls"),
    [
        ("order", "", "order", "orders", "Order"),
        ("category", "", "category", "categories", "Category"),
        ("day_of_rest", "days_of_rest", "day_of_rest", "days_of_rest", "DayOfRest"),
        ("PurchaseOrder", "", "purchase_order", "purchase_orders", "PurchaseOrder"),
        ("purchase-order", "", "purchase_order", "purchase_orders", "PurchaseOrder"),
        ("VATRate", "", "vat_rate", "vat_rates", "VatRate"),
        ("box", "", "box", "boxes", "Box"),
        ("address", "", "address", "addresses", "Address"),
        ("delivery_day", "", "delivery_day", "delivery_days", "DeliveryDay"),
        ("sales_person", "", "sales_person", "sales_people", "SalesPerson"),
        ("ox", "oxen", "ox", "oxen", "Ox"),
    ],
)
def test_a_name_has_a_plural_and_letter_cases(
    given: str, plural: str, singular: str, several: str, cls: str
) -> None:
    names = names_of(given, plural)

    assert (names.singular, names.plural, names.cls) == (singular, several, cls)


def test_files_about_sample_items_are_about_a_resource() -> None:
    """Also for one whose own name has the sample's in it."""
    text = (
        "SampleItems SampleItem sample_items sample_item_id SAMPLE_ITEMS SAMPLE_ITEM /sample-items "
        "sample-item-gone A sample item is a sample item. Sample items, Sample item, sample items."
    )

    assert names_of("order").put_into(text) == (
        "Orders Order orders order_id ORDERS ORDER /orders "
        "order-gone An order is an order. Orders, Order, orders."
    )
    assert names_of("old_sample_item").put_into("sample_items") == "old_sample_items"


def test_a_name_is_told_with_its_article() -> None:
    words = {name: names_of(name).a for name in ("order", "customer", "hour", "unit", "invoice")}

    assert list(words.values()) == ["an order", "a customer", "an hour", "a unit", "an invoice"]


@pytest.mark.parametrize(
    ("given", "plural", "why"),
    [
        ("", "", "it is empty"),
        ("orders", "", "it looks like a plural"),
        ("1order", "", "words of a-z"),
        ("commande_réglée", "", "words of a-z"),
        ("order; rm -rf /", "", "words of a-z"),
        ("x" * 41, "", "41 characters"),
        ("class", "", "a keyword of Python"),
        ("list", "", "Python has itself"),
        ("page", "", "the code of every resource uses"),
        ("sheep", "sheep", "the singular as well"),
    ],
)
def test_a_name_that_cannot_be_is_refused(given: str, plural: str, why: str) -> None:
    with pytest.raises(RefusedAnswer, match=re.escape(why)):
        names_of(given, plural)


# Fields

OWNER = names_of("order")


def parsed(text: str) -> tuple[Field, ...]:
    return parse(text, OWNER, {"customer": names_of("customer")}.get)


def test_fields_have_types_options_and_bounds() -> None:
    fields = {
        field.name: field for field in parsed(EVERYTHING[1].split("buyer_id")[0] + ORDER[1][17:])
    }

    assert fields["quantity"].least == 1
    assert fields["quantity"].most == 2**53 - 1
    assert (fields["note"].optional, fields["note"].length) == (True, 200)
    assert fields["placed_at"].annotation == "datetime"
    assert fields["customer_id"].target == names_of("customer")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "fields is empty"),
        ("note", "its type must be one of"),
        ("note:words", "its type must be one of"),
        ("Note:str", "words of a-z"),
        ("note:str note:int", '"note" twice'),
        ("id:uuid", "something else in every resource"),
        ("new:int", "something else in every resource"),
        ("query:int:unique", "something else in every list"),
        ("changes:enum:few,many", "OrderChanges is something else in every resource"),
        ("service:str:unique", "OrderService is something else in every resource"),
        ("list:int", "a name of Python's own"),
        ("class:str", "a name of Python's own"),
        ("model_name:str", "Pydantic's own"),
        ("note:str:ge=1", '"ge=1" is not for str'),
        ("note:str:max=many", "needs a whole number"),
        ("note:str:min=5:max=4", "must rise"),
        ("note:str:max=5000", "must rise"),
        ("note:str:max=600:unique", "it is unique"),
        ("note:text:max=16001", "must rise, from 0 to 16000"),
        ("note:text:unique", "can be unique"),
        ("contact:email:max=9", "it may have unique"),
        ("ratio:float:ge=1:le=1", "its bounds must rise"),
        ("ratio:float:le=1e999", "its bounds must be finite"),
        ("ratio:float:gt=1", "it may have ge=, le="),
        ("tags:list", "say which of str, int, float it has"),
        ("tags:list:uuid", "say which of str, int, float it has"),
        ("tags:list:str:items=101", "items= must be from 1 to 100"),
        ("tags:list:str:min=2:max=1", "must rise"),
        ("tags:list:str:max=4000", "16000 characters in all"),
        ("tags:list:str:unique", "can be unique"),
        ("gift:bool:unique", "can be unique"),
        ("gift:bool:max=1", "it may have no options"),
        ("price:decimal:digits=19", "digits="),
        ("price:decimal:ge=0.001", "multiples of 0.01"),
        ("quantity:int:ge=1:gt=1", "not both"),
        ("quantity:int:ge=1.5", "needs a whole number"),
        ("quantity:int:ge=2:le=2", "its bounds must rise"),
        ("quantity:int:ge=1:ge=1", "each once"),
        ("status:enum", "two different values"),
        ("status:enum:new,new", "two different values"),
        ("status:enum:new,Paid!", "is no value"),
        ("status:enum:name,new", "something else in every enum"),
        ("buyer:ref:customer n:int", "call it buyer_id"),
        ("buyer_id:ref n:int", "say which resource"),
        ("buyer_id:ref:nobody n:int", 'no resource "nobody"'),
        ("parent_id:ref:order n:int", "make it optional"),
        ("customer_id:ref:customer", "references only"),
        (" ".join(f"n{number}:bool" for number in range(41)), "41 fields"),
        (" ".join(f"n{number}:str:max=4000" for number in range(5)), "20000 characters"),
    ],
)
def test_a_field_that_cannot_be_is_refused(text: str, why: str) -> None:
    with pytest.raises(RefusedAnswer, match=re.escape(why)):
        parsed(text)


@pytest.mark.parametrize(
    "text",
    [
        ORDER[1],
        "a:str:max=1 b:int:le=-3 c:decimal:places=0:lt=0 d:bool",
        "a:text:max=1 b:email c:float",
        "a:list:str:items=1 b:list:int c:list:float:le=1",
        "a:float:le=-3 b:float:ge=0.5:le=0.6",
    ],
)
def test_examples_of_a_field_differ(text: str) -> None:
    for field in parsed(text):
        assert examples.value(field, 0) != examples.value(field, 1)
        assert examples.literal(field, 0) != examples.literal(field, 1)


# Options


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("deletes", "it must be one of public-read, no-owner, delete"),
        ("public-read=yes", "it must be one of"),
        ("no-owner no-owner", '"no-owner" twice'),
    ],
)
def test_an_option_that_cannot_be_is_refused(text: str, why: str) -> None:
    with pytest.raises(RefusedAnswer, match=re.escape(why)):
        parse_options(text)


# Edits


def test_an_edit_finds_its_one_place_or_none() -> None:
    text = "import a\n\nx = 1\ny = 2\n"

    assert Beside(r"^x = 1\n", "z = 3\n").apply(text) == "import a\n\nx = 1\nz = 3\ny = 2\n"
    assert Beside(r"^y", "z = 3\n", before=True).apply(text) == "import a\n\nx = 1\nz = 3\ny = 2\n"
    assert Imports(("import b",)).apply(text) == f"import b\n{text}"
    for edit in (Beside(r"^q", ""), Beside(r"^\w = ", ""), Imports(("import b",))):
        with pytest.raises(NoPlace):
            edit.apply(text if isinstance(edit, Beside) else "x = 1\n")


# In a service


@dataclass(frozen=True)
class Adding:
    """Adds resources to a copy of a service, under git, as the template's command does."""

    service: Service
    rest: Path

    def __call__(self, name: str, fields: str, *answers: str) -> Finished:
        self.rest.mkdir(exist_ok=True)
        given = (f"service={self.service.path}", f"name={name}", f"fields={fields}", *answers)
        command = [sys.executable, "-m", "cookiecutter", str(TEMPLATE), "--directory", "resource"]
        where = ("--no-input", "--output-dir", str(self.rest))
        return run(*command, *where, *given, cwd=self.rest, HOME=str(self.rest))

    def status(self) -> str:
        return git(self.service.path, "status", "--short", "--untracked-files=all")

    def commit(self) -> None:
        git(self.service.path, "add", "--all")
        git(self.service.path, "commit", "--quiet", "--message=More")

    def new_files(self) -> set[str]:
        return {line[3:] for line in self.status().splitlines() if line.startswith("??")}


def adding_to(service: Service, folder: Path) -> Adding:
    copy = service.copy_to(folder)
    git(copy.path, "init", "--quiet")
    adding = Adding(copy, folder / "rest")
    adding.commit()
    return adding


@pytest.fixture
def adding(make_service: MakeService, tmp_path: Path) -> Adding:
    return adding_to(make_service(("sqlite", "memory", "none", "embedded")), tmp_path)


def refusal(done: Finished) -> str:
    return refusals(done)[0]


def refusals(done: Finished) -> list[str]:
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    lines = (done.stderr or done.stdout).splitlines()
    return [line for line in lines if not line.startswith("Hook script failed")]


def test_all_refusals_of_a_call_are_shown_at_once(adding: Adding) -> None:
    fields = "note:words 1st:int list:strs buyer_id:ref:nobody code:str:min=few:most=9 code:bool"

    lines = refusals(adding("class", fields, "plural=pages", "options=no-user"))

    for line, why in zip(
        lines,
        (
            'name "class" is refused: it is a keyword',
            'plural "pages" is refused',
            '"note:words" is refused: its type must be',
            '"1st:int" is refused: its name must be',
            '"list:strs" is refused: list is a name',
            '"list:strs" is refused: its type must be',
            'no resource "nobody"',
            '"min=few" needs a whole number',
            '"most=9" is not for str',
            'fields has "code" twice',
            'option "no-user" is refused',
        ),
        strict=True,
    ):
        assert why in line
    assert adding.status() == ""

    first, *others = refusals(
        adding("class", fields, "plural=pages", "options=no-user", f"service={adding.rest}")
    )

    assert "run this in the folder of a service" in first
    assert others == [line for line in lines if "no resource" not in line]


def test_refusals_leave_nothing_behind(adding: Adding) -> None:
    path = adding.service.path
    for name, fields, why in [
        ("user", "note:str", "a name that the code of every resource uses"),
        ("user_repository", "note:str", "has something of that name"),
        ("order", "note:words", "its type must be one of"),
        ("registration_count", "note:str", "is there already"),
    ]:
        assert why in refusal(adding(name, fields))
        assert adding.status() == ""
    assert "run this in the folder of a service" in refusal(
        adding("order", "note:str", f"service={path.parent}")
    )

    kept = path / "tests" / "orders.py"
    kept.write_text("'''The team's own.'''\n", encoding="utf-8")
    storage = path / "app" / "repositories" / "database" / "storage.py"
    changed = storage.read_text("utf-8").replace("RESOURCES:", "KINDS:")
    storage.write_text(changed, "utf-8")
    adding.commit()
    there, missing = refusals(adding(*ORDER))
    assert "tests/orders.py is there already" in there
    assert "database/storage.py has no one place like" in missing
    assert (adding.status(), kept.read_text(encoding="utf-8")) == ("", "'''The team's own.'''\n")
    assert list(path.glob(".resource-*")) == []


def test_a_dry_run_lists_what_would_be_done(adding: Adding) -> None:
    listed = adding(*ORDER, "dry_run=yes")
    assert (listed.returncode, adding.status()) == (0, "")

    done = adding(*ORDER)

    assert done.returncode == 0, done.stderr
    told = listed.stdout.splitlines()[:-1]
    assert told == done.stdout.splitlines()[:-1]
    assert {line.split()[1] for line in told} == {line[3:] for line in adding.status().splitlines()}
    assert "Nothing was done" in last_line(listed.stdout)


@pytest.mark.parametrize("database", ["sqlite", "mongodb"])
@pytest.mark.parametrize("auth", ["none", "jwt", "oidc"])
def test_no_managed_file_is_edited(tmp_path: Path, database: str, auth: str) -> None:
    """So `make template-check` has nothing to say of a resource."""
    order, user = names_of("order"), Names("user", "users")
    fields = parse("user_id:ref:user number:int:unique", order, lambda _: user)
    service = services.Service(tmp_path, database, auth)

    edited = edits_for(Resource(order, fields, service, Options()))

    assert edited
    assert all(owner_of(path) is Ownership.SEEDED for path in edited)


def test_what_fails_in_the_middle_is_undone(
    adding: Adding, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, draft = adding.service.path, tmp_path / "draft"
    new, changed = ["app/new/one.py", "app/two.py"], ["Makefile", "README.md"]
    for name in (*new, *changed):
        (draft / name).parent.mkdir(parents=True, exist_ok=True)
        (draft / name).write_text("new", encoding="utf-8")

    def replace(path: Path, target: Path) -> Path:
        if path.name == "README.md":
            raise KeyboardInterrupt
        return Path(shutil.move(path, target))

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        install.put(draft, service, new, changed)

    assert adding.status() == ""
    assert not (service / "app" / "new").exists()


def test_a_file_that_came_in_between_is_kept(adding: Adding, tmp_path: Path) -> None:
    service, draft = adding.service.path, tmp_path / "draft"
    draft.mkdir()
    for name in ("one.py", "two.py"):
        (draft / name).write_text("new", encoding="utf-8")
    (service / "two.py").write_text("the team's own", encoding="utf-8")

    with pytest.raises(FileExistsError):
        install.put(draft, service, ["one.py", "two.py"], [])

    assert adding.new_files() == {"two.py"}
    assert (service / "two.py").read_text(encoding="utf-8") == "the team's own"


def test_without_tools_to_format_with_nothing_is_added(bake: Bake, tmp_path: Path) -> None:
    adding = adding_to(bake(), tmp_path)

    assert "make it with `make lint`" in refusal(adding(*ORDER))

    assert adding.status() == ""


# Names in the code


def names_in(tree: ast.AST) -> set[str]:
    """Return names that code uses or binds."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case (
                ast.Name(id=name)
                | ast.arg(arg=name)
                | ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
                | ast.alias(name=_, asname=str(name))
                | ast.alias(name=name, asname=None)
            ):
                found.add(name)
    return {name for name in found if "." not in name and not name.startswith("_")}


def attributes_of_self(tree: ast.AST) -> set[str]:
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self"
    }


def clashing(code: str) -> set[str]:
    """Return names that stand where those of the resource `gizmo` are bound, as resources have them.

    A scope is a function, what a class calls `self`, or a module.
    """
    module = ast.parse(code)
    scopes = [(bound_in(module), names_in(module))]
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            scopes.append((names_in(node), names_in(node)))
        elif isinstance(node, ast.ClassDef):
            scopes.append((attributes_of_self(node), attributes_of_self(node)))
    found: set[str] = set()
    for bound, used in scopes:
        if "gizmo" in bound:
            found |= {name for name in used if name.islower()}
        if "gizmos" in bound:
            found |= {name for name in used if name.islower() and name.endswith("s")}
        if "Gizmo" in bound:
            found |= {name for name in used if not name.islower() and not name.isupper()}
        if "GIZMOS" in bound:
            found |= {name for name in used if name.isupper() and name.endswith("S")}
    return {snake(name) for name in found}


def bound_in(module: ast.Module) -> set[str]:
    """Return names that a module imports, assigns or defines at its top."""
    statements = (ast.Import, ast.ImportFrom, ast.Assign)
    found = {name for of in module.body if isinstance(of, statements) for name in names_in(of)}
    return found | {of.name for of in module.body if isinstance(of, ast.ClassDef)}


def test_no_resource_is_called_as_its_code_calls_something_else(adding: Adding) -> None:
    """One word is what people call things; longer ones are met by `refuse_clash`, or by mypy."""
    assert adding("gizmo", f"parent_id:ref?:gizmo weight:int:unique {ORDER[1]}").returncode == 0

    changed = {line[3:] for line in adding.status().splitlines()}
    found = {name for path in changed for name in clashing(adding.service.read(path))}
    words = {name for name in found if name.isalpha() and "gizmo" not in name}

    assert len(words) > 60
    assert {word for word in words if not why_taken(word)} == set()


COMMON = "after at body changes copy date datetime details field item key line link order orders page path query service tag value work"
"""Words that the code around resources uses, and their fields may have as names."""


def test_common_words_are_names_of_fields() -> None:
    fields = parsed(" ".join(f"{name}:str" for name in COMMON.split()))

    assert [field.name for field in fields] == COMMON.split()


@pytest.mark.parametrize("word", ["body", "code", "date", "item", "line", "link", "tag", "value"])
def test_common_words_are_names_of_resources(word: str) -> None:
    assert names_of(word).singular == word


# The shape of `users`

OF_USERS = {"register": "create", "Register": "Create", "registered": "created"}

NOT_COPIED = {
    "count_users": "statistics are of users alone",
    "SqlUserRepository": "no resource without queries of its own needs a class",
    "WritableSqlUserRepository": "the same",
    "MongoUserRepository": "the same",
    "WritableMongoUserRepository": "the same",
    "get_statistics": "statistics are of users alone",
    "read_statistics": "statistics are of users alone",
    "register_within": "accounts are made in the same transaction",
}


def shape_of(service: Service, names: Names) -> dict[str, set[str]]:
    """Return the public names that each file of a resource defines, with those replaced of it."""
    found: dict[str, set[str]] = {}
    for path in sorted(service.path.glob("app/**/*.py")):
        name = path.relative_to(service.path).as_posix()
        if path.stem in (names.singular, names.plural):
            kind = "model" if path.stem == names.singular else "module"
            place = name.replace(path.stem, kind)
            defined = re.findall(
                r"^ *(?:async )?(?:class|def) ([a-zA-Z]\w+)", path.read_text("utf-8"), re.MULTILINE
            )
            found[place] = {plain(one, names) for one in defined}
    return found


def plain(name: str, names: Names) -> str:
    for form, stand_in in (
        (names.classes, "Things"),
        (names.cls, "Thing"),
        (names.plural, "things"),
        (names.singular, "thing"),
    ):
        name = name.replace(form, stand_in)
    return name


@pytest.mark.parametrize(
    "answers",
    [
        ("sqlite", "memory", "none", "embedded"),
        ("mongodb", "redis", "none", "embedded"),
    ],
    ids=" ".join,
)
def test_a_resource_has_the_shape_of_users(
    make_service: MakeService, tmp_path: Path, answers: Choices
) -> None:
    adding = adding_to(make_service(answers), tmp_path)
    assert adding(*ORDER).returncode == 0
    service = adding.service

    users = shape_of(service, Names("user", "users"))
    orders = shape_of(service, Names("order", "orders"))

    assert set(users) - set(orders) == {"app/repositories/interfaces/module.py"}
    assert set(orders) <= set(users)
    for place, defined in users.items():
        if place not in orders:
            continue  # orders have no queries or unique fields of their own
        wanted = {plain(name, Names("user", "users")) for name in defined - set(NOT_COPIED)}
        wanted -= {plain(name, Names("user", "users")) for name in NOT_COPIED}
        for mine, theirs in OF_USERS.items():
            wanted = {re.sub(rf"^{mine}$|^{mine}(?=_)", theirs, name) for name in wanted}
        missing = wanted - orders[place] - PER_FIELD
        assert not missing, f"{place} of orders lacks {missing}"


PER_FIELD = {
    "duplicates_refused",
    "EMAIL",
    "get_thing_details",
}
"""What follows from the fields of users."""


def test_a_resource_has_the_tests_of_users(adding: Adding) -> None:
    assert adding(*ORDER).returncode == 0

    tests = {path for path in adding.new_files() if path.startswith("tests/")}

    of_users = {
        path for path in adding.service.files() if re.search(r"tests/\w+/test_users?\b", path)
    }
    of_users |= {path for path in adding.service.files() if re.search(r"test_user_\w+\.py$", path)}
    wanted = {path.replace("user", "order") for path in of_users}
    assert wanted <= tests
    assert tests - wanted == {"tests/orders.py"}


# The whole

NARROW = "order or customer or article or post or access or openapi or migrations"


@pytest.mark.parametrize(
    "answers",
    [
        ("postgresql", "redis", "jwt", "taskiq"),
        ("mysql", "redis", "none", "taskiq"),
        ("mongodb", "redis", "oidc", "taskiq"),
    ],
    ids=" ".join,
)
def test_resources_of_every_type_pass_what_a_service_asks_of_itself(
    make_service: MakeService, tmp_path: Path, answers: Choices
) -> None:
    adding = adding_to(make_service(answers), tmp_path)
    for given in (CUSTOMER, EVERYTHING, ARTICLE, POST):
        done = adding(*given)
        assert done.returncode == 0, done.stdout + done.stderr
        adding.commit()

    assert_passes(adding.service, ("-k", NARROW))


def test_the_documented_resources_pass_every_check(adding: Adding) -> None:
    for given in (ORDER, ARTICLE):
        assert adding(*given).returncode == 0

    assert_passes(adding.service, ("--cov",))
    description = adding.service.tool(
        "python",
        "-c",
        "from app.main import *; from app.core.settings import *; "
        "print(*create_app(Settings()).openapi()['paths'])",
    )
    assert {"/api/v1/orders", "/api/v1/orders/{order_id}"} <= set(description.stdout.split())


def assert_passes(service: Service, tests: tuple[str, ...]) -> None:
    assert first_complaint(service, *OF_CODE) == ""
    assert complaint(service.tool("pytest", "--quiet", "--numprocesses=2", *tests)) == ""


def test_cookiecutter_adds_a_resource_in_the_folder_of_a_service(adding: Adding) -> None:
    name, fields = ORDER
    command = [sys.executable, "-m", "cookiecutter", str(TEMPLATE), "--directory", "resource"]
    answers = ("--no-input", f"name={name}", f"fields={fields}")

    done = run(*command, *answers, cwd=adding.service.path, HOME=str(adding.rest))

    assert done.returncode == 0, done.stderr
    assert "tests/orders.py" in adding.new_files()
    assert not [path for path in adding.new_files() if path.startswith(".resource")]


def test_make_resource_finds_the_template_that_made_the_service(
    make_service: MakeService, ready: Path, tmp_path: Path
) -> None:
    """By `TEMPLATE`, as the service was made from a folder: it has no address."""
    adding = adding_to(make_service(("sqlite", "memory", "none", "embedded")), tmp_path)
    git(ready, "init", "--quiet")
    git(ready, "add", "--all")
    git(ready, "commit", "--quiet", "--message=The template")
    (adding.service.path / ".venv" / ".ready").touch()
    head = git(ready, "rev-parse", "HEAD").strip()
    name, fields = ORDER
    environment = {"NAME": name, "FIELDS": fields, "TEMPLATE": str(ready), "TO": head}

    done = run("make", "resource", cwd=adding.service.path, **environment)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "tests/orders.py" in adding.new_files()
    assert list(ready.glob("resource/.resource-*")) == []
