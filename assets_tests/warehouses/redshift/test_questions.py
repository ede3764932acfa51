"""What may be asked of the warehouse in SQL."""

import pytest

from seniorlink_assets.destination import DestinationError
from seniorlink_assets.warehouses.redshift.questions import refuse_writing


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "select mood, 'a;b, it''s DELETE' -- and ; more DROP\n from care.notes ;",
        'WITH few AS (SELECT 1) /* INTO */ SELECT "update" FROM few',
        "SHOW TABLES FROM SCHEMA dev.care",
        "EXPLAIN DELETE FROM care.notes",
    ],
)
def test_a_question_is_let_through(sql):
    refuse_writing(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM care.notes",
        "SELECT 1; DROP TABLE care.notes",
        "SELECT * INTO care.copy FROM care.notes",
        "WITH gone AS (DELETE FROM care.notes RETURNING *) SELECT * FROM gone",
        "/* SELECT */ DROP TABLE care.notes",
        r"SELECT '\'; DROP TABLE care.notes; --'",
        "EXPLAIN SELECT 1; DROP TABLE care.notes",
        "CALL purge()",
        "",
    ],
)
def test_what_may_write_is_refused(sql):
    with pytest.raises(DestinationError, match="Only a question can be asked"):
        refuse_writing(sql)
