"""What is failed, missing or stale, and what it takes to have it up to date."""
