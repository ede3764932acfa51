"""The Data API of Redshift as the double plays it, in front of the double of Redshift."""

import json
import secrets
from typing import Any

import pytest
from botocore.exceptions import ClientError

from assets_tests.doubles.aws.awaited import until
from assets_tests.doubles.aws.running import Double
from assets_tests.doubles.redshift.running import RedshiftDouble


class Data:
    """A client of the Data API that names the same database in every request."""

    def __init__(self, client: Any, database: str) -> None:
        self.client = client
        self.there = {"ClusterIdentifier": "dwh", "Database": database}

    def execute(self, sql: str = "SELECT 1", **settings: Any) -> dict[str, Any]:
        return self.client.execute_statement(**{**self.there, "Sql": sql, **settings})

    def batch(self, *sqls: str, **settings: Any) -> dict[str, Any]:
        return self.client.batch_execute_statement(**{**self.there, "Sqls": sqls, **settings})

    def ended(self, started: dict[str, Any]) -> dict[str, Any]:
        return self.client.describe_statement(Id=started["Id"], WaitTimeSeconds=20)

    def result(self, sql: str, **settings: Any) -> dict[str, Any]:
        done = self.ended(self.execute(sql, **settings))
        assert done["Status"] == "FINISHED", done
        return self.client.get_statement_result(Id=done["Id"])


@pytest.fixture(scope="module")
def client(aws_process: Double) -> Any:
    aws_process.reset()
    return aws_process.client("redshift-data")


@pytest.fixture(scope="module")
def database(redshift_process: RedshiftDouble) -> str:
    return redshift_process.database()


@pytest.fixture
def cloud(aws_process: Double, redshift: RedshiftDouble) -> Double:
    aws_process.redshift(redshift, cluster="dwh", workgroup="company")
    aws_process.time(minute=60, pace=0)
    return aws_process


@pytest.fixture
def data(client: Any, cloud: Double, redshift: RedshiftDouble, database: str) -> Data:
    """Nothing is in the database but what the test puts there."""
    redshift.rows("DROP TABLE IF EXISTS notes", database)
    return Data(client, database)


def refusal(request: Any, *arguments: Any, **settings: Any) -> str:
    with pytest.raises(ClientError) as caught:
        request(*arguments, **settings)
    return str(caught.value)


def test_a_statement_runs_in_the_database(
    data: Data,
    redshift: RedshiftDouble,
) -> None:
    done = data.ended(data.execute("CREATE TABLE notes (id int)"))

    assert (done["Status"], done["HasResultSet"]) == ("FINISHED", False)
    assert done["QueryString"] == "CREATE TABLE notes (id int)"
    assert redshift.rows("SELECT count(*) FROM notes", data.there["Database"]) == [(0,)]


def test_a_statement_goes_through_its_states(cloud: Double, data: Data) -> None:
    cloud.time(minute=60, pace=0.1)
    started = data.execute("SELECT 1")

    seen = []
    until(
        lambda: seen.append(data.client.describe_statement(Id=started["Id"])["Status"]) or seen[-1],
        lambda status: status == "FINISHED",
    )

    assert started["Status"] == "SUBMITTED"
    assert list(dict.fromkeys(seen)) == [
        each for each in ("SUBMITTED", "PICKED", "STARTED", "FINISHED") if each in seen
    ]
    assert "PICKED" in seen


def test_values_have_the_fields_of_their_types(data: Data) -> None:
    result = data.result(
        "SELECT 1::bigint, 2::smallint, 1.5::float8, 1.50::numeric(9,2), true, 'é'::varchar(9),"
        " DATE '2024-02-29', TIMESTAMP '2024-02-29 08:00:00.5', NULL::int"
    )

    assert result["Records"] == [
        [
            {"longValue": 1},
            {"longValue": 2},
            {"doubleValue": 1.5},
            {"stringValue": "1.50"},
            {"booleanValue": True},
            {"stringValue": "é"},
            {"stringValue": "2024-02-29"},
            {"stringValue": "2024-02-29 08:00:00.5"},
            {"isNull": True},
        ]
    ]
    assert [column["typeName"] for column in result["ColumnMetadata"]] == [
        *("int8", "int2", "float8", "numeric", "bool", "varchar", "date", "timestamp", "int4")
    ]
    amount, text = result["ColumnMetadata"][3], result["ColumnMetadata"][5]
    assert (amount["precision"], amount["scale"], text["length"]) == (9, 2, 9)


def test_a_result_comes_in_pages(data: Data) -> None:
    first = data.result("SELECT generate_series(1, 1001)")

    rest = data.client.get_statement_result(
        Id=data.client.list_statements()["Statements"][0]["Id"], NextToken=first["NextToken"]
    )

    assert (first["TotalNumRows"], len(first["Records"])) == (1001, 1000)
    assert rest["Records"] == [[{"longValue": 1001}]]
    assert "NextToken" not in rest


def test_a_batch_is_one_transaction(
    data: Data,
    redshift: RedshiftDouble,
) -> None:
    failed = data.ended(data.batch("CREATE TABLE notes (id int)", "SELECT 1/0", "SELECT 2"))

    assert failed["Status"] == "FAILED"
    assert failed["Error"].startswith("Query #2 failed with ERROR: Divide by zero")
    assert [part["Status"] for part in failed["SubStatements"]] == [
        *("FINISHED", "FAILED", "ABORTED")
    ]
    assert "SQLSTATE" not in failed["Error"]
    database = data.there["Database"]
    assert redshift.rows("SELECT to_regclass('notes')", database) == [(None,)]


def test_a_batch_may_commit_each_statement(
    data: Data,
    redshift: RedshiftDouble,
) -> None:
    failed = data.ended(
        data.batch("CREATE TABLE notes (id int)", "SELECT 1/0", ExecutionMode="AUTO_COMMIT")
    )

    assert (failed["Status"], failed["ExecutionMode"]) == ("FAILED", "AUTO_COMMIT")
    assert redshift.rows("SELECT count(*) FROM notes", data.there["Database"]) == [(0,)]


def test_each_statement_of_a_batch_has_a_result_of_its_own(data: Data) -> None:
    done = data.ended(data.batch("SELECT 1", "SELECT 2"))

    second = data.client.get_statement_result(Id=f"{done['Id']}:2")

    assert second["Records"] == [[{"longValue": 2}]]
    assert [part["HasResultSet"] for part in done["SubStatements"]] == [True, True]
    assert "ValidationException" in refusal(data.client.get_statement_result, Id=done["Id"])
    assert "does not exist" in refusal(data.client.describe_statement, Id=f"{done['Id']}:3")


def test_a_session_setting_lasts_for_a_batch(
    data: Data,
    redshift: RedshiftDouble,
) -> None:
    data.ended(data.batch("SET query_group TO 'g'", "SELECT 5"))

    assert ("IAMR:orchestrator", "g", "SELECT 5") in redshift.statements


def test_a_repeated_token_runs_once(
    data: Data,
    redshift: RedshiftDouble,
) -> None:
    data.ended(data.execute("CREATE TABLE notes (id int)"))
    token = unheard_of()

    started = [
        data.execute("INSERT INTO notes VALUES (1)", ClientToken=token, WaitTimeSeconds=5)
        for _ in range(2)
    ]

    assert started[0]["Id"] == started[1]["Id"]
    assert redshift.rows("SELECT count(*) FROM notes", data.there["Database"]) == [(1,)]
    assert "ValidationException" in refusal(data.execute, "SELECT 1", ClientToken=token)


def test_a_statement_is_cancelled_in_the_database(data: Data, redshift: RedshiftDouble) -> None:
    started = data.execute("SELECT pg_sleep(60)")
    await_sleep(redshift, data)

    assert data.client.cancel_statement(Id=started["Id"])["Status"] is True

    assert data.ended(started)["Status"] == "ABORTED"
    assert "already in ABORTED" in refusal(data.client.cancel_statement, Id=started["Id"])


def test_a_batch_that_is_cancelled_did_nothing(data: Data, redshift: RedshiftDouble) -> None:
    started = data.batch("CREATE TABLE notes (id int)", "SELECT pg_sleep(60)", "SELECT 1")
    await_sleep(redshift, data)

    data.client.cancel_statement(Id=started["Id"])

    ended = data.ended(started)
    assert ended["Status"] == "ABORTED"
    assert [part["Status"] for part in ended["SubStatements"]] == [
        *("FINISHED", "ABORTED", "ABORTED")
    ]
    database = data.there["Database"]
    assert redshift.rows("SELECT to_regclass('notes')", database) == [(None,)]


def await_sleep(redshift: RedshiftDouble, data: Data) -> None:
    """Until a statement sleeps in the database."""
    asleep = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    until(lambda: redshift.rows(asleep, data.there["Database"]), bool)


def test_a_user_is_whom_iam_a_name_or_a_secret_say(
    cloud: Double,
    data: Data,
    redshift: RedshiftDouble,
) -> None:
    secret = in_secret(cloud, redshift.password("loader"))
    who = "SELECT current_user"

    users = [
        data.result(who, **settings)["Records"][0][0]["stringValue"]
        for settings in ({}, {"DbUser": "etl"}, {"SecretArn": secret})
    ]

    assert users == ["IAMR:orchestrator", "IAM:etl", "loader"]


def in_secret(cloud: Double, password: str) -> str:
    told = json.dumps({"username": "loader", "password": password})
    client = cloud.client("secretsmanager")
    return client.create_secret(Name=unheard_of(), SecretString=told)["ARN"]


def unheard_of() -> str:
    return f"x{secrets.token_hex(8)}"


def test_a_wrong_password_fails_the_statement(cloud: Double, data: Data) -> None:
    failed = data.ended(data.execute("SELECT 1", SecretArn=in_secret(cloud, "wrong")))

    assert failed["Status"] == "FAILED"
    assert "password authentication failed" in failed["Error"]


def test_a_workgroup_is_another_way_to_the_database(data: Data) -> None:
    data.there = {"WorkgroupName": "company", "Database": data.there["Database"]}

    assert data.result("SELECT 1")["Records"] == [[{"longValue": 1}]]


@pytest.mark.parametrize(
    ("settings", "because"),
    [
        ({"Sql": "x" * 102_401}, "at most 102400 bytes"),
        ({"Sql": " "}, "must not be empty"),
        ({"ClientToken": "t" * 65}, "ClientToken"),
        ({"WorkgroupName": "company"}, "Exactly one"),
        ({"ClusterIdentifier": "other"}, "endpoint doesn't exist"),
        ({"DbUser": "etl", "SecretArn": "redshift"}, "neither"),
        ({"SecretArn": "redshift"}, "can't find the specified secret"),
        ({"WaitTimeSeconds": 31}, "WaitTimeSeconds"),
        ({"SessionKeepAliveSeconds": 5}, "The double has no SessionKeepAliveSeconds"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_aws_refuses_is_refused(data: Data, settings: dict[str, Any], because: str) -> None:
    assert because in refusal(data.execute, **settings)


def test_a_batch_has_at_most_forty_statements(data: Data) -> None:
    assert "Sqls" in refusal(data.batch, *["SELECT 1"] * 41)


def test_a_paused_cluster_runs_nothing(cloud: Double, data: Data) -> None:
    cloud.client("redshift").pause_cluster(ClusterIdentifier="dwh")

    assert "paused" in refusal(data.execute, "SELECT 1")


def test_more_statements_than_are_allowed_at_once_are_refused(
    cloud: Double,
    data: Data,
    redshift: RedshiftDouble,
) -> None:
    cloud.redshift(redshift, cluster="dwh", active=1)
    started = data.execute("SELECT pg_sleep(60)")
    await_sleep(redshift, data)

    assert "ActiveStatementsExceededException" in refusal(data.execute, "SELECT 1")
    data.client.cancel_statement(Id=started["Id"])
    assert data.ended(started)["Status"] == "ABORTED"


def test_statements_are_listed_by_status_and_name(data: Data) -> None:
    name = unheard_of()
    done = data.ended(data.execute("SELECT 1", StatementName=f"{name}-1"))
    failed = data.ended(data.batch("SELECT 1/0", StatementName=f"{name}-2"))
    data.ended(data.execute("SELECT 1", StatementName="other"))

    finished = data.client.list_statements(StatementName=name)["Statements"]
    every = data.client.list_statements(StatementName=name, Status="ALL", MaxResults=1)
    rest = data.client.list_statements(
        StatementName=name, Status="ALL", NextToken=every["NextToken"]
    )

    assert [each["Id"] for each in finished] == [done["Id"]]
    assert [each["Id"] for each in every["Statements"]] == [failed["Id"]]
    assert [each["Id"] for each in rest["Statements"]] == [done["Id"]]


def test_a_reset_forgets_statements_and_results(
    cloud: Double,
    data: Data,
    redshift: RedshiftDouble,
) -> None:
    done = data.ended(data.execute("SELECT 1"))

    cloud.reset()

    cloud.redshift(redshift, cluster="dwh")
    client = cloud.client("redshift-data")
    assert "does not exist" in refusal(client.describe_statement, Id=done["Id"])
    assert "does not exist" in refusal(client.get_statement_result, Id=done["Id"])
