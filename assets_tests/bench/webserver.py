"""The Dagster UI over one code location, asked what its home page and its catalogue ask."""

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assets_tests.bench.home import BIN, Home

_QUERY = """
query LocationWorkspaceAssetsQuery($name: String!) {
  workspaceLocationEntryOrError(name: $name) {
    __typename
    ... on WorkspaceLocationEntry {
      id name loadStatus updatedTimestamp versionKey
      locationOrLoadError {
        __typename
        ... on RepositoryLocation {
          id name
          repositories {
            id name
            assetNodes { ...RepositoryAsset }
            assetGroups { id groupName }
          }
        }
        ... on PythonError { message stack }
      }
    }
  }
}
fragment RepositoryAsset on AssetNode {
  id changedReasons groupName opNames isMaterializable isObservable isExecutable isPartitioned
  isAutoCreatedStub hasAssetChecks computeKind hasMaterializePermission hasWipePermission
  hasReportRunlessAssetEventPermission
  assetKey { path }
  internalFreshnessPolicy { __typename }
  partitionDefinition { dimensionTypes { type dynamicPartitionsDefinitionName } }
  automationCondition { __typename }
  description(characterLimit: 240)
  owners { ... on UserAssetOwner { email } ... on TeamAssetOwner { team } }
  tags { key value }
  storageAddress { storageKind tableName }
  jobNames kinds graphName
  dependencyKeys { path }
}
"""
"""Dagster 1.13's own, from ui-core's WorkspaceQueries.tsx and AssetTableFragment.tsx."""

_PATIENCE = 300.0


@dataclass(frozen=True)
class Webserver:
    """A running one; `started` is when it was."""

    url: str
    location: str
    started: float

    def first_answer(self, nodes: int) -> float:
        """Seconds from its start until the UI would show all of at least `nodes` assets."""
        while time.monotonic() - self.started < _PATIENCE:
            try:
                if self._nodes() >= nodes:
                    return time.monotonic() - self.started
            except (urllib.error.URLError, ConnectionError):
                pass
            time.sleep(0.1)
        raise TimeoutError(f"{self.location} did not show {nodes} assets in {_PATIENCE:.0f} s")

    def answer(self) -> float:
        """Seconds that the same takes once it has been asked before."""
        started = time.monotonic()
        self._nodes()
        return time.monotonic() - started

    def _nodes(self) -> int:
        asked = json.dumps({"query": _QUERY, "variables": {"name": self.location}}).encode()
        request = urllib.request.Request(  # noqa: S310
            self.url, asked, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=_PATIENCE) as response:  # noqa: S310
            said = json.load(response)
        if said.get("errors"):
            raise RuntimeError(f"the webserver refused the query: {said['errors'][0]['message']}")
        entry = said["data"]["workspaceLocationEntryOrError"]
        found = (entry or {}).get("locationOrLoadError") or {}
        if found.get("__typename") == "PythonError":
            raise RuntimeError(f"{self.location} does not load: {found['message']}")
        return sum(len(each["assetNodes"]) for each in found.get("repositories", ()))


@contextmanager
def webserver(home: Home, checkout: Path, location: str) -> Iterator[Webserver]:
    """dagster-webserver over the module `location`, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [str(BIN / "dagster-webserver"), "-m", location, "-h", "127.0.0.1", "-p", port]
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        env=home.environment(checkout),
        cwd=checkout,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Webserver(f"http://127.0.0.1:{port}/graphql", location, started)
    finally:
        process.terminate()
        process.wait()
        home.rest()
