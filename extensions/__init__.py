"""The name by which cookiecutter and cruft load what the template adds to Jinja.

`.cruft.json` of services that cruft made has this name, and cruft refuses another one.
"""
