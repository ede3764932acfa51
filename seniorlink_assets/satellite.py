"""Tables that a small job computes without Spark, declared as with redshift_table().

`spark/schema/table.py` has a Python function that gets its inputs by name, each an iterable of rows
as dicts: the values of a table in Python's types, or the text of a landing set's fields with
`_source`. It yields dicts with the columns, and in `_rejected` or `_dropped` the reason why a row
is none. On a laptop the same script runs as a process.
"""

from functools import partial

from seniorlink_assets.redshift import redshift_table

satellite_on_ecs = partial(redshift_table, satellite="ecs")
"""A task of ECS, for as long as it takes."""

satellite_on_ec2 = partial(redshift_table, satellite="ec2")
"""A command that Systems Manager runs on an instance of EC2."""

satellite_on_lambda = partial(redshift_table, satellite="lambda")
"""An invocation of a Lambda function, which takes at most 15 minutes."""
