"""How each database keeps a field."""

from service_template.resources.fields import Field

LINE = {"sqlite": "sa.String({})", "postgresql": "sa.String({})", "mysql": "line({})"}
DECIMAL = {
    "sqlite": "ScaledDecimal({0.places})",
    "postgresql": "sa.Numeric({0.digits}, {0.places})",
    "mysql": "sa.Numeric({0.digits}, {0.places})",
}


def column(field: Field, database: str) -> str:
    """Return the type of a column, as its table has it."""
    if field.element:
        is_array = database == "postgresql"  # its driver takes arrays as they are, and JSON as text
        element = column(field.element, database)
        return f"sa.ARRAY({element})" if is_array else "sa.JSON(none_as_null=True)"
    return {
        "str": LINE.get(database, "").format(field.length),
        "email": LINE.get(database, "").format(field.length),
        "enum": LINE.get(database, "").format(field.length),
        "text": "MultiLine" if database == "mysql" else "sa.Text",
        "float": "sa.Double",
        "int": "sa.BigInteger",
        "decimal": DECIMAL.get(database, "").format(field),
        "bool": "sa.Boolean",
        "date": "sa.Date",
        "datetime": "Moment",
        "uuid": "Identifier",
        "ref": "Identifier",
    }[field.kind]


def step_type(kind: str, database: str, field: Field | None = None) -> str:
    """Return the type of a column, as a migration has it."""
    if field and field.element:
        is_array = database == "postgresql"
        element = step_type(field.element.kind, database, field.element)
        return f"sa.ARRAY({element})" if is_array else "sa.JSON()"
    is_mysql = database == "mysql"
    moment = {"postgresql": "sa.DateTime(timezone=True)", "mysql": "mysql.DATETIME(fsp=6)"}
    length = field.length if field else 0
    line = f"mysql.VARCHAR({length}, **text)" if is_mysql else f"sa.String({length})"
    text = 'mysql.TEXT(charset="utf8mb4", collation="utf8mb4_bin")' if is_mysql else "sa.Text()"
    numeric = f"sa.Numeric({field.digits}, {field.places})" if field else ""
    return {
        "str": line,
        "email": line,
        "enum": line,
        "text": text,
        "float": "sa.Double()",
        "int": "sa.BigInteger()",
        "decimal": "sa.BigInteger()" if database == "sqlite" else numeric,
        "bool": "sa.Boolean()",
        "date": "sa.Date()",
        "datetime": moment.get(database, "sa.DateTime()"),
        "uuid": "sa.BINARY(16)" if is_mysql else "sa.Uuid()",
        "ref": "sa.BINARY(16)" if is_mysql else "sa.Uuid()",
    }[kind]


def json_schema(field: Field) -> str:
    """Return what MongoDB checks of a field in every document, as code."""
    kinds = {
        "str": ["string"],
        "text": ["string"],
        "email": ["string"],
        "enum": ["string"],
        "float": ["double"],
        "list": ["array"],
        "int": ["int", "long"],
        "decimal": ["decimal"],
        "bool": ["bool"],
        "date": ["string"],
        "datetime": ["date"],
        "uuid": ["binData"],
        "ref": ["binData"],
    }[field.kind]
    if field.optional:
        kinds = [*kinds, "null"]
    shown = f'"{kinds[0]}"' if len(kinds) == 1 else "[" + ", ".join(f'"{k}"' for k in kinds) + "]"
    entries = [f'"bsonType": {shown}']
    if field.kind in ("str", "text", "email"):
        entries.append(f'"maxLength": {field.length}')
    if field.element:
        entries += [f'"maxItems": {field.most}', f'"items": {json_schema(field.element)}']
    if field.kind == "enum":
        values = [f'"{choice}"' for choice in field.choices] + (["None"] if field.optional else [])
        entries.append(f'"enum": [{", ".join(values)}]')
    if field.kind == "date":
        entries.append(r'"pattern": r"^\d{4}-\d{2}-\d{2}$"')
    return "{" + ", ".join(entries) + "}"


def bson_type(field: Field) -> str:
    """Return the type that a value has in a document, as MongoDB calls it."""
    return {
        "str": "string",
        "email": "string",
        "int": "number",
        "uuid": "binData",
        "ref": "binData",
    }[field.kind]
