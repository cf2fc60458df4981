"""What the template adds to Jinja: checks of the answers, and filters that write text safely.

Cookiecutter and cruft load `ServiceTemplate` by the name in `cookiecutter.json`; nothing has
to be installed, because both put the template's own folder on the import path.
"""
