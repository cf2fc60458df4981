"""All services that a house has made by the template, at a glance: what `make fleet` shows."""
