"""What production has to be told, beside its database."""

PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "k" * 32,
    "AUTH__ISSUER": "https://issuer.example.com",
    "AUTH__AUDIENCE": "service",
}
