"""Import and export of NIR graphs."""
