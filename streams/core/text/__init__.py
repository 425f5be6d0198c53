"""Reading text: folding with source offsets, passages, dates, places."""
