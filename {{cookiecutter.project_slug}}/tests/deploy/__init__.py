"""How the service is packed and run: files that name its settings, ports and paths."""
