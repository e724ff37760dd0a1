"""userops: analytics for the people who run user operations."""

__version__ = "0.1.0"
