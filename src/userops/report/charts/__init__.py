"""Charts as geometry: each module places one kind of drawing, and templates draw it."""
