"""Ground truth of the size calculator: layers built as Docker would, and what they weigh."""
