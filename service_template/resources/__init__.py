"""What adds a resource to a service: names, fields, and where the service has to know of it."""
