"""What clients see, through ASGI, with storage in memory."""
