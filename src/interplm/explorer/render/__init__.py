"""From data to HTML and SVG: pure functions, every text escaped."""
