"""The template's own command, `service-template`: what looks after the services that it made.

A service holds none of this. Its Makefile runs the command from the commit that made the service.
"""
