"""What the columns of an export mean, by their names and by their values."""
