"""Redshift's types and their names elsewhere."""

import pytest

from spark.contract.types import parse_type


@pytest.mark.parametrize(
    ("text", "spark", "duckdb", "hyper"),
    [
        ("integer", "int", "integer", "integer"),
        ("double precision", "double", "double", "double precision"),
        ("decimal(18, 2)", "decimal(18,2)", "decimal(18,2)", "numeric(18,2)"),
        ("decimal(19,2)", "decimal(19,2)", "decimal(19,2)", None),
        ("varchar(65535)", "string", "varchar", "text"),
        ("super", "string", "json", None),
    ],
)
def test_a_type_has_a_name_in_every_place(text, spark, duckdb, hyper):
    parsed = parse_type(text)

    assert (parsed.redshift, parsed.spark, parsed.duckdb, parsed.hyper) == (
        text,
        spark,
        duckdb,
        hyper,
    )


def test_a_varchar_knows_its_bytes_and_a_decimal_its_scale():
    assert parse_type("varchar(20)").bytes == 20
    assert parse_type("decimal(10,3)").scale == 3


@pytest.mark.parametrize(
    "text",
    [
        *("text", "int", "VARCHAR(5)", "varchar", "varchar(0)", "varchar(65536)", "varchar(5,1)"),
        *("decimal", "decimal(5)", "decimal(39,1)", "decimal(0,0)", "decimal(2,3)", " date"),
    ],
)
def test_what_is_no_type_is_refused_with_what_to_write_instead(text):
    with pytest.raises(ValueError, match=r"is no type; (use|a varchar takes|a decimal takes)"):
        parse_type(text)


def test_exact_numbers_are_numbers_and_doubles_are_not():
    exact = [
        text
        for text in ("smallint", "integer", "bigint", "decimal(5,2)", "double precision", "date")
        if parse_type(text).is_number
    ]

    assert exact == ["smallint", "integer", "bigint", "decimal(5,2)"]
