"""HTTP: problem documents, middleware, pages, entity tags, idempotency keys, OpenAPI, probes.

Only this package and `app/api` know HTTP.
"""
