"""What the words of Redshift mean, with an SQLSTATE as the driver has it, or without."""

import pytest

from seniorlink_assets.warehouses.redshift.troubles import failed

CYCLE = (
    "1023\n  Detail: Serializable isolation violation on table - 4711, transactions forming the "
    "cycle are: 1, 2 (pid:3)"
)
DETAIL = (
    "Spectrum Scan Error\n  -----\n  error:  Spectrum Scan Error\n  code:      15007\n"
    "  context:   File 'https://s3/lake/x.parquet' has an incompatible Parquet schema"
)
MEANINGS = [
    (CYCLE, "XX000", "1023", "conflict"),
    (f"ERROR: {CYCLE} [ErrorId: 1-66a1]", "", "1023", "conflict"),
    ("could not serialize access due to concurrent update", "40001", "40001", "conflict"),
    (
        "ERROR: could not complete because of conflict with concurrent transaction",
        "",
        "40001",
        "conflict",
    ),
    ("ERROR: deadlock detected", "", "40P01", "conflict"),
    ("ERROR: canceling statement due to lock timeout", "", "55P03", "conflict"),
    ("could not open relation with OID 123456", "XX000", "XX000", "conflict"),
    ("tuple concurrently updated", "XX000", "XX000", "conflict"),
    (
        'duplicate key value violates unique constraint "pg_namespace_nspname_index"',
        "23505",
        "23505",
        "conflict",
    ),
    ('duplicate key value violates unique constraint "care_key"', "23505", "23505", "wrong"),
    ("connection to server was lost", "08006", "08006", "lost"),
    ("FATAL: terminating connection due to administrator command", "", "57P01", "lost"),
    ("An I/O error occurred while sending to the backend.", "", "08006", "lost"),
    ("This connection has been closed.", "", "08006", "lost"),
    ("The connection attempt failed.", "", "08001", "busy"),
    ("FATAL: sorry, too many clients already", "", "53300", "busy"),
    ("FATAL: the database system is starting up", "", "57P03", "busy"),
    ('FATAL: password authentication failed for user "etl"', "", "28P01", "refused"),
    ("ERROR: permission denied for relation daily_notes", "", "42501", "refused"),
    ("ERROR: Divide by zero", "", "22012", "wrong"),
    ("division by zero", "22012", "22012", "wrong"),
    ('ERROR: relation "care.daily_notes" does not exist', "", "42P01", "wrong"),
    (DETAIL, "XX000", "15007", "wrong"),
    ("ERROR: something new", "", "", "wrong"),
]


@pytest.mark.parametrize(("said", "sqlstate", "code", "trouble"), MEANINGS)
def test_a_message_tells_what_to_do(said: str, sqlstate: str, code: str, trouble: str) -> None:
    found = failed(said, sqlstate)

    assert (found.code, found.trouble) == (code, trouble)
    assert found.said == said


def test_a_cancelled_statement_of_a_transaction_waited_for_a_lock() -> None:
    said = "Query (4711) canceling statement due to statement timeout"

    alone, within = failed(said), failed(said, statement=2)

    assert (alone.code, alone.trouble) == ("57014", "wrong")
    assert (within.code, within.trouble) == ("57014", "conflict")
    assert "statement 3 of a transaction" in str(within)


def test_a_message_about_objects_is_shown() -> None:
    found = failed('ERROR: relation "care.daily_notes" does not exist [ErrorId: 1-66a1]')

    assert '(42P01: relation "care.daily_notes" does not exist)' in str(found)


def test_a_message_that_is_its_code_is_told_by_its_detail() -> None:
    assert "(1023: Serializable isolation violation on table - 4711" in str(failed(CYCLE))


@pytest.mark.parametrize(
    "said",
    [
        'invalid input syntax for type integer: "Maria"',
        "Invalid digit, Value 'Maria', Pos 0, Type: Integer",
        "new row violates check\nDetail: Failing row contains (Maria)",
        "Key (name)=(Maria) already exists",
    ],
)
def test_a_value_in_a_message_is_not_shown(said: str) -> None:
    assert "Maria" not in str(failed(said, "22P02"))
