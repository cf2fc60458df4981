"""Domain models: plain data and the rules that hold for it everywhere."""
