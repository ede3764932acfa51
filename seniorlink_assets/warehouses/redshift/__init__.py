"""Redshift as the tables' home; imported only where an environment is bound to it."""
