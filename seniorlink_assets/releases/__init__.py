"""What was published before: its history, the way back to it, and how long it is kept."""
