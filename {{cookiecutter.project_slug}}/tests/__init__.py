"""What this service promises, and the proof."""
