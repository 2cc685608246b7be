"""Pure rendering of domain types as text, JSON and CSV."""
