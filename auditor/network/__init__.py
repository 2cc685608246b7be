"""What every connection of this program is held to, whoever opens it."""
