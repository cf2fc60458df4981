"""What production has to be told, beside its database."""

PRODUCTION = {"ENVIRONMENT": "production", "SECRET_KEY": "k" * 32}
