"""Schedules: ticks that make runs due, and runners that carry them out."""
