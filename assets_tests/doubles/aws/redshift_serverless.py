"""Redshift Serverless: workgroups that are the double of Redshift, and passwords for its users."""

from typing import Any

from assets_tests.doubles.aws.calls import Call
from assets_tests.doubles.aws.redshift_place import (
    LONGEST,
    SHORTEST,
    RedshiftPlace,
    arn,
    copy_role,
    identity,
)
from assets_tests.doubles.aws.refused import Refused, invalid
from assets_tests.doubles.aws.world import World


class RedshiftServerless:
    """A workgroup has a namespace of its own name."""

    def __init__(self, world: World) -> None:
        self._world = world

    def get_workgroup(self, call: Call) -> dict[str, Any]:
        name = call.parameters["workgroupName"]
        place = self._place("Workgroup", name)
        shown = {
            "workgroupName": name,
            "workgroupArn": arn(call, "redshift-serverless", "workgroup/", name),
            "namespaceName": name,
            "status": "AVAILABLE",
            "baseCapacity": 8,
            "endpoint": {"address": place.host, "port": place.port},
            "port": place.port,
            "publiclyAccessible": False,
        }
        return {"workgroup": shown}

    def get_namespace(self, call: Call) -> dict[str, Any]:
        name, role = call.parameters["namespaceName"], copy_role()
        place = self._place("Namespace", name)
        shown = {
            "namespaceName": name,
            "namespaceArn": arn(call, "redshift-serverless", "namespace/", name),
            "dbName": place.database,
            "adminUsername": "admin",
            "status": "AVAILABLE",
            "iamRoles": [f"IamRole(applyStatus=in-sync, iamRoleArn={role})"],
            "defaultIamRoleArn": role,
        }
        return {"namespace": shown}

    def get_credentials(self, call: Call) -> dict[str, Any]:
        asked = call.parameters
        if not asked.get("workgroupName"):
            raise invalid("Either workgroupName or customDomainName must be provided.")
        place = self._place("Workgroup", asked["workgroupName"])
        seconds = asked.get("durationSeconds", SHORTEST)
        if not SHORTEST <= seconds <= LONGEST:
            raise invalid(f"durationSeconds must be between {SHORTEST} and {LONGEST}.")
        user = identity(call)
        password, expires = place.password(user, seconds)
        return {"dbUser": user, "dbPassword": password, "expiration": expires}

    def _place(self, kind: str, name: str) -> RedshiftPlace:
        place = self._world.redshift
        if place is None or name not in place.workgroups:
            message = f"{kind} with name {name} does not exist."
            raise Refused("ResourceNotFoundException", message, 404)
        return place
