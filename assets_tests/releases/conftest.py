"""A home for every test of releases, on a disk and in a bucket."""

from assets_tests.releases.released import home

__all__ = ["home"]
