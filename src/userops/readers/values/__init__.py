"""From text to value: times, amounts, plain text."""
