"""FastAPI providers: repository, then service, then route."""
