"""What users are worth and what winning them cost."""
