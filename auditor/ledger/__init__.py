"""What storage costs, who pays, what changed: pure, one question per file."""
