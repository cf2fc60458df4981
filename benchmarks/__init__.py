"""How fast services are made, and how fast they answer."""
