"""What every test of Redshift may ask for."""

from assets_tests.warehouses.redshift.amazon import amazon, lasting_amazon  # noqa: F401
from assets_tests.warehouses.redshift.dwh import dwh  # noqa: F401
