"""The cost tables that come with the package: one TOML file for each chip or technology."""
