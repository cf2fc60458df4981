"""HTTP, without an application."""
