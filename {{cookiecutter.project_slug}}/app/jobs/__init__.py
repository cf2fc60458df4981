"""Work that is done after the answer: events are delivered to their handlers."""
