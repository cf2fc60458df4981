"""The cache: `open_cache` of `backend` opens it, `Cache` and `Region` of `base` are its interface.

A cache that fails lets callers through.
"""
