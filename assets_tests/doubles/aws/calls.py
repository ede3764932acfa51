"""What a request asks for: the service, the operation, the resource, who signed it."""

import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.exceptions import UnknownServiceError
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

SERVICES = {"elasticmapreduce": "emr", "monitoring": "cloudwatch"}
"""Names in signatures that are not botocore's names of the services."""

UNSIGNED = {"AssumeRoleWithWebIdentity": "sts"}
"""Operations that are asked for without an access key, and their services."""

_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")


@dataclass(frozen=True)
class Call:
    """One request; `resource` is bucket/key for S3, the path of the URL for the others."""

    environ: dict[str, Any]
    service: str
    operation: str
    region: str
    access_key: str
    resource: str

    @cached_property
    def request(self) -> Request:
        return Request(self.environ)

    @cached_property
    def model(self) -> Any:
        return get_service_model(self.service)

    @cached_property
    def protocol(self) -> str:
        return determine_request_protocol(self.model, self.environ.get("CONTENT_TYPE", ""))

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """What the client passed, by the names of the service's model."""
        operation = self.model.operation_model(self.operation)
        parsed = PROTOCOL_PARSERS[self.protocol](operation, map_type=dict).parse(
            {
                "method": self.request.method,
                "values": self.request.values,
                "headers": self.request.headers,
                "body": self.request.get_data(),
                "url_path": self.request.path,
                "url_params": self._in_path,
            }
        )
        # A list that is not in the URL is parsed as an empty one.
        return {
            name: _aware(value)
            for name, value in parsed.items()
            if value is not None and value != []
        }

    @property
    def _in_path(self) -> dict[str, Any]:
        if not self.protocol.startswith("rest"):
            return {}
        return get_service_router(self.service).match(self.request)[1]


def recognized(environ: dict[str, Any]) -> Call:
    """The call that a WSGI request is; the operation is "?" where none can be told."""
    signed = _CREDENTIAL.search(
        environ.get("HTTP_AUTHORIZATION", "") or unquote(environ.get("QUERY_STRING", ""))
    )
    access_key, region, signing = signed.groups() if signed else ("", "us-east-1", "s3")
    service = SERVICES.get(signing, signing)
    path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
    operation = _operation(environ, service)
    if not signed:
        service = UNSIGNED.get(operation, service)
    return Call(environ, service, operation, region, access_key, path.lstrip("/"))


def _aware(value: Any) -> Any:
    """Times of the parser are UTC and do not say so."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def _operation(environ: dict[str, Any], service: str) -> str:
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return target.rsplit(".", 1)[-1]
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        return parse_qs(body.decode()).get("Action", ["?"])[0]
    try:
        return str(get_service_router(service).match(Request(environ))[0].name)
    except (NotFound, UnknownServiceError, NotImplementedError):
        return "?"
