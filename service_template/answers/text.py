"""Writing a person's text into the languages of the skeleton, so that each reads it back.

Names of people and services hold quotes, backslashes, emoji, letters of any script. Every
function here is checked by a round trip through the real reader of its language.
"""

import json
import re

MARKDOWN_ANYWHERE = re.compile(r"[\\`*_{}\[\]<>#|~&$!]")
MARKDOWN_AT_START = re.compile(r"^(\d{0,9})([-+=.)])")


def python_string(text: str) -> str:
    """Return a Python literal, quoted and escaped the way `ruff format` leaves it.

    Double quotes, unless the text has more of them than of single ones.
    """
    quote = "'" if text.count('"') > text.count("'") else '"'
    body = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
    return quote + re.sub(r"[\x00-\x1f\x7f-\x9f]", _python_escape, body) + quote


def toml_string(text: str) -> str:
    """Return a TOML basic string (https://toml.io/en/v1.0.0#string)."""
    return _json_string(text, also=r"\x7f")


def yaml_string(text: str) -> str:
    """Return a YAML double-quoted scalar on one line (YAML 1.2, section 7.3.1).

    Characters that YAML does not call printable are escaped, and so is whatever YAML 1.1
    readers take for a line break.
    """
    return _json_string(text, also=r"\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff")


def markdown_text(text: str) -> str:
    """Return text that CommonMark shows as it is, at the start of a line too."""
    escaped = MARKDOWN_ANYWHERE.sub(r"\\\g<0>", text)
    return MARKDOWN_AT_START.sub(r"\1\\\2", escaped)


def shell_string(text: str) -> str:
    """Return one word for a POSIX shell, in single quotes: nothing in it is expanded."""
    return "'" + text.replace("'", "'\\''") + "'"


def merged_lines(text: str) -> str:
    """Return lines that several fragments bring, each of them once, in the order of their names."""
    lines = {line for line in text.splitlines() if line}
    return "".join(f"{line}\n" for line in sorted(lines, key=_name_in_front))


def _name_in_front(line: str) -> tuple[str, str]:
    """Order `"pytest~=9.2"` before `"pytest-cov~=7.1"`, as their names are."""
    return re.split(r"[~=<>!;@\[]", line)[0].rstrip('", '), line


def _json_string(text: str, also: str) -> str:
    """TOML and YAML share JSON's escapes; each has characters of its own to escape besides."""
    return re.sub(f"[{also}]", _unicode_escape, json.dumps(text, ensure_ascii=False))


def _unicode_escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _python_escape(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]):02x}"
