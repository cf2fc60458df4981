"""The name by which services of version 0.1 and 0.2 run updates, in any version of the template."""
