"""What every layer may use: settings, logging, time, identifiers."""
