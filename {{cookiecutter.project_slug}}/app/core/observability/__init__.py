"""Logs, metrics, traces and health checks.

`measured` times and traces the calls of a class. `HealthService` checks dependencies.
"""
