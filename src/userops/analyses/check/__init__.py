"""What the exports hold and what looks wrong in them."""
