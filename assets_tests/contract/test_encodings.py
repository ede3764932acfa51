"""Which encodings Redshift has for which types."""

import pytest

from spark.contract.encodings import accepted_encodings
from spark.contract.types import parse_type


@pytest.mark.parametrize(
    ("column_type", "accepted"),
    [
        ("super", ["raw", "lzo", "zstd"]),
        ("boolean", ["raw", "runlength", "zstd"]),
        ("double precision", ["raw", "bytedict", "runlength", "zstd"]),
        ("varchar(9)", ["raw", "bytedict", "lzo", "runlength", "text255", "text32k", "zstd"]),
        ("date", ["raw", "az64", "bytedict", "delta", "delta32k", "lzo", "runlength", "zstd"]),
    ],
)
def test_a_type_has_its_encodings(column_type, accepted):
    assert accepted_encodings(parse_type(column_type)) == accepted


@pytest.mark.parametrize(
    ("column_type", "mostly"),
    [
        ("smallint", ["mostly8"]),
        ("integer", ["mostly8", "mostly16"]),
        ("decimal(9,2)", ["mostly8", "mostly16", "mostly32"]),
    ],
)
def test_a_number_is_mostly_smaller_than_itself(column_type, mostly):
    accepted = accepted_encodings(parse_type(column_type))

    assert [encoding for encoding in accepted if encoding.startswith("mostly")] == mostly
