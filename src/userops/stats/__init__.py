"""Statistics: intervals, quantiles, survival, and the models of purchases and spend."""
