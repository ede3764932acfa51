"""What exists, and when it is brought up to date."""
