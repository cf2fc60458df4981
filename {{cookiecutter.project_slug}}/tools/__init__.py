"""What is run beside the service, while it is worked on."""
