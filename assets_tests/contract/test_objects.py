"""Who a declaration means by a reader, and what a view reads."""

import pytest

from spark.contract.objects import Reader, parse_reader, tables_read


@pytest.mark.parametrize(
    ("text", "reader"),
    [
        ("role bi", Reader("role", "bi", "")),
        ("user tableau", Reader("user", "tableau", "")),
        ("group analysts", Reader("group", "analysts", "")),
        ("role bi on schema reporting", Reader("role", "bi", "reporting")),
    ],
)
def test_a_reader_is_a_role_a_user_or_a_group(text, reader):
    assert parse_reader(text) == reader


def test_a_view_reads_what_stands_after_from_and_join():
    query = """
        WITH days AS (SELECT n.id, extract(year FROM n.noted_on) AS year FROM care.notes n)
        SELECT days.year, teams.name FROM days LEFT join enrolment.Teams AS teams USING (id)
    """

    assert tables_read(query) == {"care.notes", "enrolment.teams"}
