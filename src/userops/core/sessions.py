"""When a session ends: a word that events and what is made of them share."""

SILENCE = 30  # minutes without an event that end a session without an id
