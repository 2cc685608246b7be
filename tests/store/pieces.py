"""Long lists in pieces so small that a few hundred things are many.

What is shown is that a statement binds as many values as a piece has, however long the list:
a tenth of the store's own pieces shows it with a tenth of the things.
"""

from __future__ import annotations

AT_ONCE = 500
"""A tenth of the store's own."""
MOST_PARAMETERS = 800
"""Values one statement may bind then: a tenth of what is well below PostgreSQL's 65,535 and
SQLite's 32,766."""
