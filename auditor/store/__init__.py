"""All SQL: tables, migrations' metadata, writes, rollups and reads."""
