"""What this service is called, and what it is for."""

NAME = {{ cookiecutter.project_slug | python_string }}
TITLE = {{ cookiecutter.project_name | python_string }}
DESCRIPTION = {{ cookiecutter.description | python_string }}
VERSION = "0.1.0"
