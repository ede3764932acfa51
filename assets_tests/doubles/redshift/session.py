"""What running a statement may need."""

from dataclasses import dataclass, field

from assets_tests.doubles.redshift.backend import Backend
from assets_tests.doubles.redshift.history import History
from assets_tests.doubles.redshift.objects import Objects


@dataclass
class Session:
    """One client's session."""

    user: str
    database: str
    backend: Backend
    objects: Objects
    history: History
    query_group: str = ""
    query_id: int = 0
    notices: list[str] = field(default_factory=list)
