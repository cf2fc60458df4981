"""Storage: what services may ask for (`interfaces`), and what answers them."""
