"""Everything goes wrong sooner or later; the service says so and recovers."""
