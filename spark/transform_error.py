"""What is wrong with what a job returned, whatever computes it."""


class TransformError(Exception):
    """The job did not return what its contract promises."""
