"""The report of a scored SAE."""
