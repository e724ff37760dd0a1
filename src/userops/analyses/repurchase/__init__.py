"""Who buys again and how soon, and whose purchases are due."""
