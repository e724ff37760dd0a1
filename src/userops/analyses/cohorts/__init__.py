"""Who is still here, by when they came."""
