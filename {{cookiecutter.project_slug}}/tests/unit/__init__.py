"""Rules and services alone; what they use is replaced."""
