"""All layers together, on the real database."""
