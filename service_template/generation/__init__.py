"""The steps of the hooks: set aside, choose, record, verify, commit."""
