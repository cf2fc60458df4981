"""The cache, its invalidation, and calls that many callers share."""
