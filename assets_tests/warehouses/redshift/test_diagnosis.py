"""What Redshift says of a COPY that failed, and what a person is told."""

import pytest

from assets_tests.warehouses.redshift.parquet import contract
from seniorlink_assets.storage.s3 import S3Storage
from seniorlink_assets.warehouses.redshift.diagnosis import diagnose
from seniorlink_assets.warehouses.redshift.transport import RedshiftFailed, Session, Tag
from seniorlink_assets.warehouses.redshift.troubles import failed
from spark.contract import Column

NOTES = contract(
    Column("note_id", "bigint", "Which."),
    Column("mood", "smallint", "How.", nullable=True),
    Column("title", "varchar(256)", "What.", nullable=True),
    Column("caregiver", "varchar(20)", "Who.", nullable=True, phi="name"),
)
ROLE = "arn:aws:iam::123456789012:role/redshift-copy"
LAKE = S3Storage("company-lake", "home/lake", lambda: None)
TAG = Tag("0f3cbbd1-0000-0000-0000-000000000000", NOTES.key)
FILE = "snapshots/care/daily_notes/all/v1-1/part-0.parquet"
HTTPS = f"https://s3.us-east-1.amazonaws.com/company-lake/home/lake/{FILE}"
S3 = f"s3://company-lake/home/lake/{FILE}"
MANIFEST = "loads/care/daily_notes/ab12cd34/rows.manifest"
AGAIN = "compute it again in a run with the tag seniorlink/recompute=true"
CORRECT = "have the job correct or reject such rows"
ATTACH = (
    "attach it to the cluster or to the workgroup's namespace, and let it trust "
    "redshift.amazonaws.com and redshift-serverless.amazonaws.com"
)
ALLOW = (
    "allow it s3:GetObject there, s3:ListBucket and s3:GetBucketLocation on the bucket "
    "company-lake, and kms:Decrypt on its key if it has one; no policy of the bucket may forbid "
    "presigned URLs"
)


def detailed(error: str, code: int, context: str = "", query: int = 43966693) -> str:
    """The message and the detail of an error of Redshift's own, as its drivers show them."""
    line = "-----------------------------------------------"
    return (
        f"{error}\n\n  {line}\n  error:  {error}\n  code:      {code}\n  context:   {context}\n"
        f"  query:     {query}\n  location:  dory_util.cpp:1509\n"
        f"  process:   worker_thread [pid=13526]\n  {line}\n"
    )


SCAN = "Spectrum Scan Error"
MESSAGES = {
    "a type": (
        detailed(
            SCAN,
            15007,
            f"File '{HTTPS}' has an incompatible Parquet schema for column '{S3}.mood'. "
            "Column type: SMALLINT, Parquet schema:\noptional int64 mood [i:1 d:1 r:0]\n",
        ),
        "mood is int64 in the file but SMALLINT in the table; declare it as what the file has, or "
        + AGAIN,
    ),
    "a decimal": (
        detailed(
            SCAN,
            15007,
            f"File '{HTTPS}' has an incompatible Parquet schema for column '{S3}.note_id'. Column "
            "type: NUMERIC(12, 2), Parquet schema:\noptional fixed_len_byte_array note_id [i:0]",
        ),
        "note_id is fixed_len_byte_array in the file but NUMERIC(12, 2) in the table; declare it "
        f"as what the file has, or {AGAIN}",
    ),
    "a type, cut short": (
        detailed(
            SCAN,
            15007,
            f"File '{HTTPS}' has an incompatible Parquet schema for column 's3://company-l",
        ),
        "a column is of another type in the file than in the table; declare it as what the file "
        f"has, or {AGAIN}",
    ),
    "too few columns": (
        detailed(
            SCAN,
            15007,
            "Unmatched number of columns between table and file. Table columns: 20, Data columns: "
            f"16, File name: {HTTPS}",
        ),
        f"the file has 16 columns but the table 20; {AGAIN}",
    ),
    "a nested type": (
        detailed("Assert", 1000, "Unreachable - Invalid type: 4000"),
        "the file has a nested column, which COPY does not read; declare it as super, which "
        f"travels as JSON, or {AGAIN}",
    ),
    "a long text": (
        detailed(
            SCAN,
            15001,
            "The length of the data column title is longer than the length defined in the table. "
            f"Table: 256, Data: 262, File name: {HTTPS}",
        ),
        "title has a text of 262 bytes but is varchar(256) in the table; declare it as "
        f"varchar(262) or longer, or {CORRECT}",
    ),
    "a long text, as text files have it": (
        "Load into table 'daily_notes' failed.  Check 'stl_load_errors' system table for details.\n"
        "String length exceeds DDL length",
        "a column has a text of more bytes than its varchar in the table; declare it as a longer "
        f"varchar, which counts bytes and not characters, or {CORRECT}",
    ),
    "no UTF-8": (
        "String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence: bf",
        f"a column has a text that is not UTF-8; {CORRECT}",
    ),
    "a number that is too large": (
        detailed("Numeric data overflow (result precision)", 8001, "64 bit overflow"),
        "a column has a value that its type in the table does not hold; declare it as a wider "
        f"type, or {CORRECT}",
    ),
    "NULL": (
        "Cannot insert a NULL value into column note_id",
        "note_id is NULL in a row but NOT NULL in the table; "
        f"{CORRECT}, or declare it with nullable=True if it is no key",
    ),
    "no manifest": (
        detailed(
            "Problem reading manifest file - S3ServiceException:The specified key does not "
            "exist.,Status 404,Error NoSuchKey,Rid ABC,CanRetry 1",
            8001,
            f"s3://company-lake/home/lake/{MANIFEST}",
        ),
        "its manifest for COPY was removed before Redshift read it, as another load would do; "
        "materialize again",
    ),
    "a file is gone": (
        detailed(
            "Mandatory url is not present in manifest file.",
            8001,
            f"Manifest file location=s3://company-lake/home/lake/{MANIFEST} url={S3}",
        ),
        "a file that its manifest for COPY names is not in the lake; see that nothing but "
        f"`seniorlink gc` removes files from s3://company-lake/home/lake, and {AGAIN}",
    ),
    "another size": (
        detailed(
            SCAN,
            15001,
            "Error: HTTP response error code: 416 Message: InvalidRange The requested range is "
            "not satisfiable",
        ),
        "a file has another size than its manifest for COPY says; see that nothing writes over "
        f"files in s3://company-lake/home/lake, and {AGAIN}",
    ),
    "a manifest without sizes": (
        detailed("File entry does not have 'meta' key.", 15003),
        "its manifest for COPY does not say meta of a file; install seniorlink anew, and report it "
        "if that does not help",
    ),
    "no Parquet": (
        detailed(SCAN, 15001, f"File '{HTTPS}' has an invalid version number."),
        f"a file is no Parquet file that Redshift can read; {AGAIN}",
    ),
    "no bucket": (
        detailed(
            "S3ServiceException:The specified bucket does not exist,Status 404,Error NoSuchBucket",
            8001,
        ),
        "there is no bucket company-lake; correct the setting that names the lake, or create the "
        "bucket in Redshift's region",
    ),
    "another region": (
        detailed(
            "S3ServiceException:The bucket you are attempting to access must be addressed using "
            "the specified endpoint.,Status 301,Error PermanentRedirect",
            8001,
        ),
        "the bucket company-lake is in another region than Redshift, where COPY does not read "
        "Parquet; keep the lake in a bucket of Redshift's region",
    ),
    "no access": (
        detailed(
            "S3ServiceException:Access Denied,Status 403,Error AccessDenied,Rid D14F,CanRetry 1",
            8001,
            f"S3 key being read : {S3}",
        ),
        f"the role {ROLE} may not read s3://company-lake/home/lake; {ALLOW}",
    ),
    "no access to the manifest": (
        detailed("COPY with MANIFEST parameter requires full path of an S3 object.", 8001),
        f"the role {ROLE} may not read s3://company-lake/home/lake; {ALLOW}",
    ),
    "no access to the key": (
        detailed(
            "S3ServiceException:User is not authorized to perform: kms:Decrypt on this resource,"
            "Status 403,Error AccessDenied",
            8001,
        ),
        f"the role {ROLE} may not use the KMS key of the bucket company-lake; allow it kms:Decrypt "
        "on that key, in its policy and in the key's",
    ),
    "no role": (
        f"exception name : UnauthorizedException, error type : 135, message: Not authorized to get "
        f"credentials of role {ROLE}, should retry : 0",
        f"Redshift may not take on the role {ROLE}; {ATTACH}",
    ),
    "no default role": (
        detailed("There is no default IAM role associated with the cluster.", 8001),
        "Redshift has no default role; make one that may read the lake its default role, or set "
        "SENIORLINK_REDSHIFT_COPY_ROLE to the ARN of a role that is attached to it",
    ),
    "expired": (
        detailed(
            "S3ServiceException:The provided token has expired.,Status 400,Error ExpiredToken", 8001
        ),
        "the right of Redshift to read the lake ended before COPY did; materialize again; a policy "
        "of the bucket company-lake on s3:signatureAge must allow an hour, 3600000",
    ),
    "full disks": (
        detailed("Disk Full", 1016, "node: 0"),
        "the disks of Redshift are full; make room (drop tables, VACUUM) or resize the cluster",
    ),
    "S3 is busy": (
        detailed("S3Query Exception Connection failed, retries exceeded.", 15005),
        "S3 or Redshift could not serve it just then; materialize again; if that does not help, "
        "see that Redshift's network reaches S3",
    ),
    "no threads": (
        detailed(
            "S3 Query Exception (Fetch)",
            15001,
            "boost::thread_resource_error: Resource temporarily unavailable",
        ),
        "S3 or Redshift could not serve it just then; materialize again; if that does not help, "
        "see that Redshift's network reaches S3",
    ),
    "cancelled": (
        "Query (150) cancelled on user's request",
        "somebody cancelled it, or it took longer than the user's statement_timeout; materialize "
        "again, or give it more time",
    ),
    "a rule": (
        'Query (6189273) was canceled by WLM abort action of Query Monitoring Rule "long".',
        "a rule of Redshift's workload management ended it; let the rule spare the query group "
        "sl:*, or give its queue more",
    ),
    "no table": (
        "Cannot COPY into nonexistent table daily_notes",
        "the table that it was to be loaded into was dropped meanwhile; materialize again",
    ),
    "what nobody knows": (
        detailed("Something about Ada Lovelace", 9999),
        "COPY failed with code 9999 for a reason that seniorlink does not know; look for the query "
        f"label {TAG.query_group} in SYS_QUERY_HISTORY and SYS_LOAD_ERROR_DETAIL",
    ),
}
TRANSIENT = {"no manifest", "expired", "S3 is busy", "no threads", "no table"}


class Views(Session):
    """The system views of a Redshift: what each has, and without the rest."""

    def __init__(self, **views):
        self.views, self.asked = views, []

    def rows(self, sql):
        self.asked.append(sql)
        for name, rows in self.views.items():
            if f" FROM {name} " in sql:
                return rows
        raise RedshiftFailed("There is no such view.", trouble="wrong", code="42P01")

    def execute(self, sql):
        raise AssertionError(sql)

    def transaction(self, statements):
        raise AssertionError(statements)


def told(session, said, role=ROLE):
    return diagnose(session, failed(said, "XX000"), NOTES, LAKE, tag=TAG, copy_role=role)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_one_sentence_with_what_helps(name):
    said, sentence = MESSAGES[name]

    error = told(Views(), said)

    assert str(error) == f"care/daily_notes was not loaded: {sentence}"
    assert error.transient == (name in TRANSIENT)
    assert "Ada" not in f"{error}{error.details}"


def test_the_message_alone_tells_file_column_and_code():
    said, _ = MESSAGES["a long text"]

    error = told(Views(), said)

    assert error.details == {
        "file": FILE,
        "column": "title",
        "code": "15001",
        "query label": "sl:0f3cbbd1:" + TAG.query_group[-8:],
        "remedy": f"declare it as varchar(262) or longer, or {CORRECT}",
    }


def test_a_file_of_a_partition_is_named_as_it_lies_in_the_lake():
    encoded = HTTPS.replace("part-0", "_partition%3D2024-01-01/part-0") + "?X-Amz-Signature=abc"
    said = detailed(SCAN, 15001, f"File '{encoded}' has an invalid version number.")

    assert told(Views(), said).details["file"] == FILE.replace(
        "part-0", "_partition=2024-01-01/part-0"
    )


CUT = MESSAGES["a type, cut short"][0]
WHOLE = (
    f"Spectrum Scan Error. File '{HTTPS}' has an incompatible Parquet schema for column "
    f"'{S3}.mood'. Column type: SMALLINT, Parquet schema:\noptional int64 mood [i:1 d:1 r:0]"
)


def test_what_redshift_recorded_says_what_its_message_was_too_short_for():
    session = Views(sys_load_error_detail=[(S3, -1, "", "", 15007, WHOLE)])

    error = told(session, CUT)

    assert "mood is int64 in the file but SMALLINT in the table" in str(error)
    assert error.details["column"] == "mood"
    assert error.details["file"] == FILE
    assert "line" not in error.details
    assert f"'{TAG.query_group}'" in session.asked[0]


def test_a_cluster_without_that_view_is_asked_for_an_older_one():
    reason = "String length exceeds DDL length"
    session = Views(stl_load_errors=[(S3, 7, "title", "x" * 300, 1204, reason)])

    error = told(session, "Load into table 'daily_notes' failed.")

    assert str(error).startswith("care/daily_notes was not loaded: title has a text of more bytes")
    assert error.details["line"] == "7"
    assert error.details["code"] == "1204"
    assert error.details["value"] == "x" * 40 + "…"


def test_the_log_of_spectrum_is_read_by_the_query_that_the_message_names():
    session = Views(svl_s3log=[(None,), (WHOLE,)])

    assert "mood is int64" in str(told(session, CUT))
    assert session.asked[-1].count("43966693") == 1


@pytest.mark.parametrize(
    ("column", "shown"),
    [("title", "Ada"), ("caregiver", "<3 characters>"), ("reason", "<3 characters>")],
)
def test_a_value_is_shown_only_of_a_known_column_that_is_no_phi(column, shown):
    session = Views(stl_load_errors=[(S3, 1, column, "Ada", 1204, "Invalid digit")])

    error = told(session, "Load into table 'daily_notes' failed.")

    assert error.details["value"] == shown
    assert "Ada" not in str(error)


def test_a_value_in_a_reason_is_masked_too():
    reason = "Invalid digit, Value 'Ada', Pos 0, Type: Integer"
    session = Views(sys_load_error_detail=[(S3, 1, "caregiver", "", 1207, reason)])

    error = told(session, "Load into table 'daily_notes' failed.")

    assert error.details["value"] == "<3 characters>"
    assert "Ada" not in f"{error}{error.details}"


def test_the_default_role_is_called_so():
    error = told(Views(), MESSAGES["no access"][0], role="default")

    assert "Redshift's default role may not read s3://company-lake/home/lake" in str(error)


def test_a_right_that_is_missing_in_redshift_itself_is_told_as_it_is():
    said = "permission denied for schema care"

    assert str(told(Views(), said)) == str(failed(said, "42501"))
