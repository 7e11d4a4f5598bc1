"""The base of every section of a configuration: checked tables, and kinds registered by name."""
