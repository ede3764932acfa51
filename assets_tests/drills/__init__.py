"""Processes of a platform at work are killed, and everything is brought up to date again."""
