"""What sections of a configuration are made of: checked tables, and kinds that join by name."""
