"""Files, names and settings that were made to do harm: what each gets, watched from outside."""
