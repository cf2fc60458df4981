"""The house's standards as checks, each with a code and an entry in a service's `docs/standards.md`.

`findings(service, today)` of `findings.py` needs the standard library only, and imports nothing of the
service, so that it can look at any service from outside. repo-review shows the same: `plugin.py` is
what it finds.

A standard is a function of a `Service` that returns what is wrong, "" if nothing is, or None if there is
nothing to look at. The first line of its docstring is its title.
"""
