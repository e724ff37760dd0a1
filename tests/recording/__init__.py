"""A recorder of what every command writes and says, so that it can be held over a redrawing."""
