"""What the words of a COPY that failed mean, and what helps."""

import re
from dataclasses import dataclass

from seniorlink_assets.warehouses.redshift.footers import AGAIN

_CORRECT = "have the job correct or reject such rows"


@dataclass(frozen=True)
class Sign:
    """What a text that fits the pattern means.

    `what` and `remedy` may name {column}, {role}, {bucket}, {lake}, {code}, {label} and the
    pattern's groups, which are types and numbers.
    """

    pattern: re.Pattern[str]
    what: str
    remedy: str
    transient: bool


def _sign(pattern: str, what: str, remedy: str, *, transient: bool = False) -> Sign:
    return Sign(re.compile(pattern, re.IGNORECASE | re.DOTALL), what, remedy, transient)


UNKNOWN = _sign(
    "",
    "COPY failed with code {code} for a reason that seniorlink does not know",
    "look for the query label {label} in SYS_QUERY_HISTORY and SYS_LOAD_ERROR_DETAIL",
)
"""Fits everything."""

SIGNS = (
    _sign(
        r"Table columns: (?P<wanted>\d+), Data columns: (?P<given>\d+)",
        "the file has {given} columns but the table {wanted}",
        AGAIN,
    ),
    _sign(
        r"incompatible Parquet schema.*?Column type: (?P<wanted>[\w ]+(?:\([\d, ]+\))?)"
        r", Parquet schema:\s*(?:optional|required|repeated) (?P<given>\w+(?: ?\([\w, ]+\))?)",
        "{column} is {given} in the file but {wanted} in the table",
        f"declare it as what the file has, or {AGAIN}",
    ),
    _sign(
        r"incompatible Parquet schema",
        "{column} is of another type in the file than in the table",
        f"declare it as what the file has, or {AGAIN}",
    ),
    _sign(
        r"Unreachable - Invalid type",
        "the file has a nested column, which COPY does not read",
        f"declare it as super, which travels as JSON, or {AGAIN}",
    ),
    _sign(
        r"longer than the length defined in the table\. "
        r"Table: (?P<wanted>\d+), Data: (?P<given>\d+)",
        "{column} has a text of {given} bytes but is varchar({wanted}) in the table",
        f"declare it as varchar({{given}}) or longer, or {_CORRECT}",
    ),
    _sign(
        r"longer than the length defined in the table|String length exceeds DDL length"
        r"|Value too long for (?:character )?type",
        "{column} has a text of more bytes than its varchar in the table",
        f"declare it as a longer varchar, which counts bytes and not characters, or {_CORRECT}",
    ),
    _sign(
        r"Missing data for not-null field|Cannot insert a NULL value|null value in column"
        r"|violates not-null",
        "{column} is NULL in a row but NOT NULL in the table",
        f"{_CORRECT}, or declare it with nullable=True if it is no key",
    ),
    _sign(
        r"unsupported UTF-?8|invalid UTF-?8|Multibyte character not supported",
        "{column} has a text that is not UTF-8",
        _CORRECT,
    ),
    _sign(
        r"overflow|out of range|Invalid (?:digit|date|timestamp|data)\b",
        "{column} has a value that its type in the table does not hold",
        f"declare it as a wider type, or {_CORRECT}",
    ),
    _sign(
        r"File entry does not have '(?P<given>\w+)' key",
        "its manifest for COPY does not say {given} of a file",
        "install seniorlink anew, and report it if that does not help",
    ),
    _sign(
        r"Problem reading manifest file.{0,80}(?:NoSuchKey|does not exist)"
        r"|Manifest file \S+ does not exist",
        "its manifest for COPY was removed before Redshift read it, as another load would do",
        "materialize again",
        transient=True,
    ),
    _sign(
        r"Mandatory url is not present|NoSuchKey|specified key does not exist|error code: 404",
        "a file that its manifest for COPY names is not in the lake",
        f"see that nothing but `seniorlink gc` removes files from {{lake}}, and {AGAIN}",
    ),
    _sign(
        r"error code: 416|InvalidRange|content_length",
        "a file has another size than its manifest for COPY says",
        f"see that nothing writes over files in {{lake}}, and {AGAIN}",
    ),
    _sign(
        r"invalid version number|not a (?:valid )?parquet file|magic (?:bytes|number)|Corrupt",
        "a file is no Parquet file that Redshift can read",
        AGAIN,
    ),
    _sign(
        r"NoSuchBucket|specified bucket does not exist",
        "there is no bucket {bucket}",
        "correct the setting that names the lake, or create the bucket in Redshift's region",
    ),
    _sign(
        r"PermanentRedirect|addressed using the specified endpoint|AuthorizationHeaderMalformed"
        r"|error code: 301",
        "the bucket {bucket} is in another region than Redshift, where COPY does not read Parquet",
        "keep the lake in a bucket of Redshift's region",
    ),
    _sign(
        r"default IAM role|IAM role.{0,20}default",
        "Redshift has no default role",
        "make one that may read the lake its default role, or set SENIORLINK_REDSHIFT_COPY_ROLE to "
        "the ARN of a role that is attached to it",
    ),
    _sign(
        r"kms:|KMS\.|error[_ ]type\W+138",
        "{role} may not use the KMS key of the bucket {bucket}",
        "allow it kms:Decrypt on that key, in its policy and in the key's",
    ),
    _sign(
        r"get credentials of role|UnauthorizedException|sts:AssumeRole|not authorized to assume"
        r"|not associated (?:to|with)",
        "Redshift may not take on {role}",
        "attach it to the cluster or to the workgroup's namespace, and let it trust "
        "redshift.amazonaws.com and redshift-serverless.amazonaws.com",
    ),
    _sign(
        r"ExpiredToken|token (?:has|is) expired|Request has expired",
        "the right of Redshift to read the lake ended before COPY did",
        "materialize again; a policy of the bucket {bucket} on s3:signatureAge must allow an hour, "
        "3600000",
        transient=True,
    ),
    # Redshift says so of a manifest that it may not read.
    _sign(
        r"AccessDenied|Access Denied|Status 403|error code: 403|Forbidden"
        r"|requires full path of an (?:Amazon )?S3 object",
        "{role} may not read {lake}",
        "allow it s3:GetObject there, s3:ListBucket and s3:GetBucketLocation on the bucket "
        "{bucket}, and kms:Decrypt on its key if it has one; no policy of the bucket may forbid "
        "presigned URLs",
    ),
    _sign(
        r"Disk Full|No space left",
        "the disks of Redshift are full",
        "make room (drop tables, VACUUM) or resize the cluster",
    ),
    _sign(
        r"Query Monitoring Rule|WLM",
        "a rule of Redshift's workload management ended it",
        "let the rule spare the query group sl:*, or give its queue more",
    ),
    _sign(
        r"cancell?ed on user|cancell?ing statement|statement timeout|57014",
        "somebody cancelled it, or it took longer than the user's statement_timeout",
        "materialize again, or give it more time",
    ),
    _sign(
        r"nonexistent table|relation .* does not exist",
        "the table that it was to be loaded into was dropped meanwhile",
        "materialize again",
        transient=True,
    ),
    _sign(
        r"Cannot allocate|out of memory|Resource temporarily unavailable|thread_resource_error"
        r"|retries exceeded|SlowDown|Reduce your request rate|ServiceUnavailable|InternalError"
        r"|internal error|error code: 50\d|tim(?:ed? ?out)|connection (?:failed|reset|refused)",
        "S3 or Redshift could not serve it just then",
        "materialize again; if that does not help, see that Redshift's network reaches S3",
        transient=True,
    ),
    UNKNOWN,
)
"""The first that fits is the one."""
