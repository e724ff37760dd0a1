"""How far along a path users come."""
