"""HTTP: requests are parsed, handed to one service method, and answered."""
