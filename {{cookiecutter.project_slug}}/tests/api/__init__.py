"""What clients see, through ASGI, with the chosen database."""
