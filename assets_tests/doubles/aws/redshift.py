"""Redshift: clusters that are the double of Redshift, and passwords for its users."""

import threading
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
from assets_tests.doubles.aws.refused import Refused
from assets_tests.doubles.aws.world import World


class Redshift:
    """The clusters that the control was told of; others cannot be made."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.Lock()

    def describe_clusters(self, call: Call) -> dict[str, Any]:
        place, name = self._world.redshift, call.parameters.get("ClusterIdentifier")
        if name:
            place, names = self._place(name), (name,)
        else:
            names = place.clusters if place else ()
        return {"Clusters": [self._shown(call, place, each) for each in names if place]}

    def pause_cluster(self, call: Call) -> dict[str, Any]:
        name = call.parameters["ClusterIdentifier"]
        place = self._place(name)
        with self._lock:
            if name in place.paused:
                raise Refused("InvalidClusterState", f"Cluster {name} is paused.")
            place.paused.add(name)
        return {"Cluster": self._shown(call, place, name)}

    def resume_cluster(self, call: Call) -> dict[str, Any]:
        name = call.parameters["ClusterIdentifier"]
        place = self._place(name)
        with self._lock:
            if name not in place.paused:
                raise Refused("InvalidClusterState", f"Cluster {name} is not paused.")
            place.paused.remove(name)
        return {"Cluster": self._shown(call, place, name)}

    def get_cluster_credentials(self, call: Call) -> dict[str, Any]:
        asked = call.parameters
        prefix = "IAMA" if asked.get("AutoCreate") else "IAM"
        return self._credentials(call, f"{prefix}:{asked['DbUser']}")

    def get_cluster_credentials_with_iam(self, call: Call) -> dict[str, Any]:
        return self._credentials(call, identity(call))

    def _credentials(self, call: Call, user: str) -> dict[str, Any]:
        asked = call.parameters
        place = self._place(asked.get("ClusterIdentifier", ""))
        seconds = asked.get("DurationSeconds", SHORTEST)
        if not SHORTEST <= seconds <= LONGEST:
            message = f"Token duration must be between {SHORTEST} and {LONGEST} seconds"
            raise Refused("InvalidParameterValue", message)
        password, expires = place.password(user, seconds)
        return {"DbUser": user, "DbPassword": password, "Expiration": expires}

    def _place(self, name: str) -> RedshiftPlace:
        place = self._world.redshift
        if place is None or name not in place.clusters:
            raise Refused("ClusterNotFound", f"Cluster {name} not found.", 404)
        return place

    def _shown(self, call: Call, place: RedshiftPlace, name: str) -> dict[str, Any]:
        is_paused = name in place.paused
        role = copy_role()
        return {
            "ClusterIdentifier": name,
            "NodeType": "ra3.large",
            "NumberOfNodes": 2,
            "ClusterStatus": "paused" if is_paused else "available",
            "ClusterAvailabilityStatus": "Unavailable" if is_paused else "Available",
            "MasterUsername": "admin",
            "DBName": place.database,
            "Endpoint": {"Address": place.host, "Port": place.port},
            "ClusterNamespaceArn": arn(call, "redshift", "namespace:", name),
            "IamRoles": [{"IamRoleArn": role, "ApplyStatus": "in-sync"}],
            "DefaultIamRoleArn": role,
            "Encrypted": True,
            "PubliclyAccessible": False,
        }
