"""Bringing a newer template into a service that an older one made, by a three-way merge of git.

It is run from a copy of the newer template, so that services of any age are updated by code that
knows of all versions.
"""
