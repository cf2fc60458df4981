"""What services may ask of storage, in words of the domain."""
