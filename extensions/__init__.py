"""The name by which cookiecutter and cruft load the extension of Jinja.

Cruft records this name in `.cruft.json`, and `cruft update` refuses another one.
"""
