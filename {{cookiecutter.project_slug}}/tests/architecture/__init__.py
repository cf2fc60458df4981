"""The layers hold, and the test that says so can fail."""
