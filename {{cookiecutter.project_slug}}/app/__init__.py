"""A layered FastAPI service: api, services, repositories, models, core."""
raise SystemExit("{{ cookiecutter.project_slug }} is not a service yet: its options were not applied, because cookiecutter ran without its hooks. Generate it again without --accept-hooks no")
