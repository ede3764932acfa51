"""What is wrong with what a job returned, whatever computes it."""

from spark.contract import Contract


class TransformError(Exception):
    """The job did not return what its contract promises."""


def refuse_undeclared_drops(contract: Contract, rows: int) -> None:
    """TransformError if so many rows were dropped for reasons that the contract does not name."""
    if rows:
        raise TransformError(
            f"{contract.key} dropped {rows} rows for a reason that is not among the drops of "
            "its keeps_rows_of(); declare it"
        )
