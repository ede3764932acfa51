"""The doubles of AWS and of Redshift together, set up as a company would, and what names them."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets_tests.doubles.aws.running import BUCKET, ROLE, Double
from assets_tests.doubles.redshift.running import RedshiftDouble
from assets_tests.launchers.satellite_services import make_ecs, make_lambda

COPY_ROLE = "arn:aws:iam::123456789012:role/redshift-copy"
CLUSTER = "company-dwh"
_PREFIX = "seniorlink"
_READERS = "bi"
"""The role that tables of the sample company name as their reader."""


@dataclass(frozen=True)
class Cloud:
    """What is running. `settings` are the variables that a person would export."""

    aws: Double
    redshift: RedshiftDouble
    database: str
    settings: Mapping[str, str]

    def land(self, landing: Path) -> None:
        """Brings a folder of landing files to where the settings say that they land."""
        s3 = self.aws.client("s3")
        for file in landing.rglob("*"):
            if file.is_file():
                name = file.relative_to(landing.parent).as_posix()
                s3.upload_file(str(file), BUCKET, f"{_PREFIX}/{name}")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What is in the database, by another way than the platform's."""
        return [tuple(row) for row in self.redshift.rows(sql, self.database)]


@contextmanager
def cloud(folder: Path) -> Iterator[Cloud]:
    """Both doubles, until the block ends."""
    with Double(folder / "aws") as aws, RedshiftDouble(folder / "redshift") as redshift:
        aws.reset()
        yield set_up(aws, redshift, redshift.database("company"))


def set_up(aws: Double, redshift: RedshiftDouble, database: str) -> Cloud:
    """All that jobs, satellites and tables need, in doubles that have none of it yet."""
    redshift.has_roles(_READERS)
    redshift.read_from(aws.url)
    aws.redshift(redshift, cluster=CLUSTER)
    trust = {"Effect": "Allow", "Principal": {"Service": "redshift.amazonaws.com"}}
    aws.client("iam").create_role(
        RoleName=COPY_ROLE.rpartition("/")[2],
        AssumeRolePolicyDocument=json.dumps({"Statement": [{**trust, "Action": "sts:AssumeRole"}]}),
    )
    aws.allow(COPY_ROLE, ["s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"])
    make_lambda(aws)
    make_ecs(aws)
    return Cloud(
        aws,
        redshift,
        database,
        {
            **aws.environment,
            "SENIORLINK_ENV": "aws",
            "SENIORLINK_LAKE": f"s3://{BUCKET}/{_PREFIX}",
            "SENIORLINK_EMR_ROLE": ROLE,
            "SENIORLINK_EMR_APPLICATION": aws.application(),
            "SENIORLINK_LAMBDA_FUNCTION": "satellite",
            "SENIORLINK_ECS_CLUSTER": "satellites",
            "SENIORLINK_ECS_TASK": "satellite",
            "SENIORLINK_REDSHIFT_CLUSTER": CLUSTER,
            "SENIORLINK_REDSHIFT_DATABASE": database,
            "SENIORLINK_REDSHIFT_COPY_ROLE": COPY_ROLE,
            "SSL_CERT_FILE": str(redshift.ca_file),
        },
    )
