"""Reports as tables for people: one kind of report per file."""
