"""The platform of the service: all plumbing, and nothing that names a resource.

`app/core` imports nothing of `api`, `services`, `repositories` and `models`. Updates of the
template maintain it; the rest of `app` belongs to the team.
"""
