"""Who comes how often and how long."""
