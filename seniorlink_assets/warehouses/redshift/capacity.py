"""How much Redshift takes at once: asked when it is wanted, and not again for a day."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from seniorlink_assets.launchers.aws import Aws, AwsError, asking
from seniorlink_assets.storage.base import Storage
from seniorlink_assets.warehouses.redshift.transport import RedshiftFailed, Tag, Transport

_DAY = 24 * 60 * 60.0


@dataclass(frozen=True)
class Capacity:
    """`slices` load a file each at a time; `rpus` is what a workgroup is billed by."""

    slices: int
    rpus: int | None = None


def of_cluster(transport: Transport) -> Capacity:
    with transport.session(Tag("capacity", "")) as session:
        ((slices,),) = session.rows("SELECT count(*) FROM stv_slices")
    return Capacity(int(slices))


def of_workgroup(aws: Aws, workgroup: str) -> Capacity | None:
    """A workgroup shows no slices; it has one for each unit of its base capacity."""
    client = aws.client("redshift-serverless")
    with asking(f"describe the workgroup {workgroup}"):
        found = client.get_workgroup(workgroupName=workgroup)["workgroup"]
    rpus = found.get("baseCapacity")
    return Capacity(int(rpus), int(rpus)) if rpus else None


@dataclass(frozen=True)
class RememberedCapacity:
    """What `ask` said last, kept as `name` in `storage`."""

    storage: Storage
    name: str
    ask: Callable[[], Capacity | None]

    def get(self) -> Capacity | None:
        """None if it has never been known, and Redshift cannot be asked now either."""
        kept, asked = self._kept()
        if kept and asked > time.time() - _DAY:
            return kept
        try:
            found = self.ask()
        except (AwsError, RedshiftFailed):
            return kept
        if found:
            document = {**asdict(found), "asked": time.time()}
            self.storage.put(self.name, json.dumps(document).encode())
        return found

    def _kept(self) -> tuple[Capacity | None, float]:
        document = self.storage.read(self.name)
        if document is None:
            return None, 0
        fields = json.loads(document.content)
        return Capacity(fields["slices"], fields["rpus"]), fields["asked"]
