"""The cache: `open_cache` of `backend` opens it, `Cache` and `Region` of `base` are its interface.

`PendingInvalidations` removes entries after a commit. A cache that fails lets callers through.
"""
