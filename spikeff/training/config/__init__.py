"""The configuration of a training: its fields, its rules, presets and files."""
