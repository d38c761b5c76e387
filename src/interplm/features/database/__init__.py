"""`features.duckdb`: its tables, one record type a table, writing and reading."""
