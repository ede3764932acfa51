"""A Redshift that nobody connects to, for tests of what AWS says of it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Nowhere:
    host: str = "localhost"
    port: int = 5439
    key: bytes = b"key"
    ca_file: Path = Path("/nowhere/ca.pem")
