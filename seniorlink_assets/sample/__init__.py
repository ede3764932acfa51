"""A made-up company whose landing files look, grow and break like real ones."""
