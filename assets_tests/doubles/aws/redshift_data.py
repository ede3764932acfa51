"""The Data API of Redshift: statements by request, whose results are asked for afterwards."""

import json
import threading
from collections.abc import Sequence
from typing import Any

from assets_tests.doubles.aws.calls import Call
from assets_tests.doubles.aws.paging import page
from assets_tests.doubles.aws.redshift_place import RedshiftPlace, identity
from assets_tests.doubles.aws.redshift_statement import OVER, Part, Statement
from assets_tests.doubles.aws.refused import Refused, invalid
from assets_tests.doubles.aws.world import World

MOST_BYTES = 100 * 1024
"""Of the text of a statement."""

ROWS = 1000
"""On one page of a result."""

_NOT_HERE = ("Parameters", "SessionId", "SessionKeepAliveSeconds")


class RedshiftData:
    """Statements on the double of Redshift."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._known: dict[str, Statement] = {}
        self._by_token: dict[str, tuple[str, Statement]] = {}

    def execute_statement(self, call: Call) -> dict[str, Any]:
        return self._started(call, [call.parameters["Sql"]], is_batch=False)

    def batch_execute_statement(self, call: Call) -> dict[str, Any]:
        return self._started(call, call.parameters["Sqls"], is_batch=True)

    def describe_statement(self, call: Call) -> dict[str, Any]:
        statement, number = self._statement(call)
        statement.over.wait(call.parameters.get("WaitTimeSeconds", 0))
        if number is not None:
            return {"Id": call.parameters["Id"], **self._part(statement, number).described()}
        shown = {
            **(statement.parts[0].described() if not statement.is_batch else {}),
            "Id": statement.id,
            "Status": statement.status,
            "CreatedAt": statement.created,
            "UpdatedAt": max(part.updated for part in statement.parts),
            "RedshiftPid": statement.pid,
            "HasResultSet": any(part.columns is not None for part in statement.parts),
            "ResultFormat": "JSON",
            **_echoed(statement),
        }
        if statement.is_batch:
            shown["ExecutionMode"] = statement.asked.get("ExecutionMode", "TRANSACTION")
            shown["Duration"] = sum(max(part.nanoseconds, 0) for part in statement.parts)
            shown["SubStatements"] = [
                {"Id": f"{statement.id}:{number}", "CreatedAt": statement.created}
                | part.described()
                for number, part in enumerate(statement.parts, 1)
            ]
        return {**shown, "Error": statement.error} if statement.error else shown

    def get_statement_result(self, call: Call) -> dict[str, Any]:
        statement, number = self._statement(call)
        statement.over.wait(call.parameters.get("WaitTimeSeconds", 0))
        if statement.is_batch and number is None:
            raise invalid("The id of a statement of the batch is needed, for instance id:1.")
        part = self._part(statement, number or 1)
        if statement.status != "FINISHED" or part.status != "FINISHED":
            raise Refused(
                "ResourceNotFoundException",
                f"Query does not have result. Please check query status with DescribeStatement. "
                f"Query is in {statement.status} status.",
            )
        if part.columns is None:
            raise Refused("ResourceNotFoundException", "Query does not have result.")
        rows, token = page(part.rows, call.parameters, ROWS, "NextToken", "NextToken")
        return {
            "Records": rows,
            "ColumnMetadata": part.columns,
            "TotalNumRows": len(part.rows),
            **token,
        }

    def cancel_statement(self, call: Call) -> dict[str, Any]:
        statement, _ = self._statement(call)
        if statement.status in OVER:
            raise invalid(f"Could not cancel a query that is already in {statement.status} state.")
        statement.cancel()
        return {"Status": True}

    def list_statements(self, call: Call) -> dict[str, Any]:
        asked = call.parameters
        status = asked.get("Status", "FINISHED")
        with self._lock:
            newest = list(self._known.values())[::-1]
        found = [
            {
                "Id": each.id,
                "Status": each.status,
                "StatementName": each.asked.get("StatementName", ""),
                "CreatedAt": each.created,
                "IsBatchStatement": each.is_batch,
                "QueryString": each.parts[0].sql,
                "QueryStrings": [part.sql for part in each.parts] if each.is_batch else [],
            }
            for each in newest
            if status in ("ALL", each.status)
            and each.asked.get("StatementName", "").startswith(asked.get("StatementName", ""))
            and asked.get("Database") in (None, each.asked["Database"])
            and asked.get("ClusterIdentifier") in (None, each.asked.get("ClusterIdentifier"))
            and asked.get("WorkgroupName") in (None, each.asked.get("WorkgroupName"))
        ]
        size = {**asked, "maxResults": asked.get("MaxResults")}
        shown, token = page(found, size, 100, "NextToken", "NextToken")
        return {"Statements": shown, **token}

    def _started(self, call: Call, sqls: Sequence[str], *, is_batch: bool) -> dict[str, Any]:
        asked = call.parameters
        place = self._place(asked)
        _check(asked, sqls)
        login = self._login(call, place)
        text = json.dumps(
            {k: v for k, v in asked.items() if k != "WaitTimeSeconds"}, sort_keys=True
        )
        with self._lock:
            known, statement = self._by_token.get(asked["ClientToken"], (text, None))
            if known != text:
                raise invalid("The client token was used before with other parameters.")
            if statement is None:
                going = sum(each.status not in OVER for each in self._known.values())
                if going >= place.active:
                    message = f"Active statements exceeded the allowed quota ({place.active})."
                    raise Refused("ActiveStatementsExceededException", message)
                parts = [Part(sql) for sql in sqls]
                statement = Statement(asked, parts, is_batch, place, login, self._world.pace)
                self._known[statement.id] = statement
                self._by_token[asked["ClientToken"]] = text, statement
                statement.start()
        statement.over.wait(asked.get("WaitTimeSeconds", 0))
        return {
            "Id": statement.id,
            "CreatedAt": statement.created,
            "Status": statement.status,
            **_echoed(statement),
        }

    def _login(self, call: Call, place: RedshiftPlace) -> tuple[str, str]:
        asked = call.parameters
        if secret := asked.get("SecretArn"):
            return self._in_secret(call, secret)
        user = f"IAM:{asked['DbUser']}" if asked.get("DbUser") else identity(call)
        return user, place.password(user)[0]

    def _in_secret(self, call: Call, name: str) -> tuple[str, str]:
        from moto.core.models import DEFAULT_ACCOUNT_ID
        from moto.secretsmanager.exceptions import SecretNotFoundException
        from moto.secretsmanager.models import secretsmanager_backends

        backend = secretsmanager_backends[DEFAULT_ACCOUNT_ID][call.region]
        try:
            value = backend.get_secret_value(name, "", "")
            told = json.loads(value["SecretString"])
            return told["username"], told["password"]
        except SecretNotFoundException as error:
            raise invalid("Secrets Manager can't find the specified secret.") from error
        except (KeyError, ValueError) as error:
            raise invalid("The secret has no username and password.") from error

    def _place(self, asked: dict[str, Any]) -> RedshiftPlace:
        place = self._world.redshift
        cluster, workgroup = asked.get("ClusterIdentifier"), asked.get("WorkgroupName")
        if (cluster is None) == (workgroup is None):
            raise invalid("Exactly one of ClusterIdentifier and WorkgroupName is needed.")
        if place is None or not (cluster in place.clusters or workgroup in place.workgroups):
            raise invalid("Redshift endpoint doesn't exist in this region.")
        if cluster in place.paused:
            raise invalid(f"Redshift cluster {cluster} is paused.")
        return place

    def _statement(self, call: Call) -> tuple[Statement, int | None]:
        whole, _, number = call.parameters["Id"].partition(":")
        with self._lock:
            statement = self._known.get(whole)
        if statement is None:
            raise Refused("ResourceNotFoundException", "Query does not exist.")
        return statement, int(number) if number else None

    def _part(self, statement: Statement, number: int) -> Part:
        if not 1 <= number <= len(statement.parts):
            raise Refused("ResourceNotFoundException", "Query does not exist.")
        return statement.parts[number - 1]


def _check(asked: dict[str, Any], sqls: Sequence[str]) -> None:
    """What the model of the service does not say."""
    if not asked.get("Database"):
        raise invalid("Database is needed.")
    if asked.get("DbUser") and (asked.get("WorkgroupName") or asked.get("SecretArn")):
        raise invalid("DbUser goes with neither WorkgroupName nor SecretArn.")
    if there := [name for name in _NOT_HERE if asked.get(name)]:
        raise invalid(f"The double has no {there[0]}.")
    if asked.get("ResultFormat", "JSON") != "JSON":
        raise invalid("The double has no results but JSON.")
    if any(not sql.strip() for sql in sqls):
        raise invalid("A statement must not be empty.")
    if any(len(sql.encode()) > MOST_BYTES for sql in sqls):
        raise invalid(f"A statement must be at most {MOST_BYTES} bytes.")


def _echoed(statement: Statement) -> dict[str, Any]:
    names = ("ClusterIdentifier", "WorkgroupName", "Database", "DbUser", "SecretArn")
    return {name: statement.asked[name] for name in names if name in statement.asked}
