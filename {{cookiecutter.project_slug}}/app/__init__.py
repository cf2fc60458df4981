"""A layered FastAPI service: api, services, repositories, models, core."""
