"""Tableau extracts: .hyper files, and the places they are published to."""
