"""Words, definitions and explanations, in English and Chinese."""
