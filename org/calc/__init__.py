"""Pure calculations about who was where."""
