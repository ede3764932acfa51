"""Every request to the double: counted, afflicted, and answered by a service or by moto."""

import io
import json
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from assets_tests.doubles.aws.answers import answer, refusal
from assets_tests.doubles.aws.calls import Call, recognized
from assets_tests.doubles.aws.ecs import Ecs
from assets_tests.doubles.aws.emr import Emr
from assets_tests.doubles.aws.emr_containers import EmrContainers
from assets_tests.doubles.aws.emr_serverless import EmrServerless
from assets_tests.doubles.aws.faults import refused_by
from assets_tests.doubles.aws.iam import Iam
from assets_tests.doubles.aws.lambda_ import Lambda
from assets_tests.doubles.aws.limits import check
from assets_tests.doubles.aws.redshift import Redshift
from assets_tests.doubles.aws.redshift_data import RedshiftData
from assets_tests.doubles.aws.redshift_place import place_of
from assets_tests.doubles.aws.redshift_serverless import RedshiftServerless
from assets_tests.doubles.aws.refused import Refused
from assets_tests.doubles.aws.s3 import S3
from assets_tests.doubles.aws.ssm import Ssm
from assets_tests.doubles.aws.sts import Sts
from assets_tests.doubles.aws.world import World

OWN = {
    "ecs": Ecs,
    "lambda": Lambda,
    "ssm": Ssm,
    "iam": Iam,
    "sts": Sts,
    "emr": Emr,
    "emr-containers": EmrContainers,
    "emr-serverless": EmrServerless,
    "redshift": Redshift,
    "redshift-serverless": RedshiftServerless,
    "redshift-data": RedshiftData,
}
"""The services that the double plays itself, whole or in part."""

WHOLE = {
    "emr-serverless",
    "emr",
    "emr-containers",
    "redshift",
    "redshift-serverless",
    "redshift-data",
}
"""Those of which moto answers nothing."""


class Double:
    """A WSGI application: AWS on one port, and its own controls below /double/."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._moto_lock = threading.Lock()
        self._world = self._new_world()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/double/"):
            response = self._control(environ)
        else:
            response = self._aws(environ)
        return response(environ, start_response)

    def end(self) -> None:
        self._world.end()

    def _new_world(self) -> World:
        world = World(self._folder, S3(self._moto))
        world.services = {name: play(world) for name, play in OWN.items()}
        return world

    def _aws(self, environ: dict[str, Any]) -> Response:
        world = self._world
        _read_whole(environ)
        call = recognized(environ)
        world.counters.asked(call.service, call.operation)
        try:
            dropped = self._afflict(world, call)
            world.credentials.check(call)
            response = self._answered(world, call)
        except Refused as refused:
            world.counters.refused(call.service, call.operation)
            return refusal(call, refused)
        if dropped:
            _hang_up(environ)
        return response

    def _afflict(self, world: World, call: Call) -> bool:
        """What is ordered for this call; whether its answer is to be lost on the way."""
        lost = False
        for order in world.faults.for_call(call):
            if order.kind == "delay":
                time.sleep(order.seconds)
            elif order.kind == "drop" and order.when == "before":
                _hang_up(call.environ)
            elif order.kind == "drop":
                lost = True
            elif (refused := refused_by(order, call)) is not None:
                raise refused
        return lost

    def _answered(self, world: World, call: Call) -> Response:
        service = world.services.get(call.service)
        method = getattr(service, camelcase_to_underscores(call.operation), None)
        if method is not None:
            if call.service in OWN:
                check(call.parameters, call.model.operation_model(call.operation).input_shape)
            try:
                return answer(call, method(call) or {})
            except Refused:
                raise
            except Exception as error:
                traceback.print_exc()
                raise Refused("InternalServerException", repr(error), 500) from error
        if call.service in WHOLE:
            raise Refused("UnknownOperationException", f"The double has no {call.operation}", 404)
        if call.service == "s3":
            return world.s3.serve(call.environ)
        with self._moto_lock:
            return Response.from_app(self._moto, call.environ, buffered=True)

    def _control(self, environ: dict[str, Any]) -> Response:
        _read_whole(environ)
        body = json.loads(environ["wsgi.input"].read() or b"{}")
        world = self._world
        match environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix("/double/"):
            case "POST", "faults":
                world.faults.order(**body)
            case "GET", "faults":
                return _json(world.faults.to_json())
            case "DELETE", "faults":
                world.faults.clear()
            case "GET", "counters":
                return _json(world.counters.to_json())
            case "DELETE", "counters":
                world.counters.clear()
            case "GET", "jobs":
                return _json([job.to_json() for job in world.jobs])
            case "POST", "objects":
                for key, text in body["objects"].items():
                    world.s3.put(body["bucket"], key, text.encode())
            case "POST", "time":
                world.minute, world.pace = body["minute"], body["pace"]
            case "POST", "redshift":
                world.redshift = place_of(body)
            case "POST", "credentials":
                if body.get("expire"):
                    world.credentials.expire()
                if body.get("renew"):
                    world.credentials.renewed()
            case "GET", "credentials":
                return _json(world.credentials.newest)
            case "POST", "reset":
                world.end()
                moto_api_backend.reset()
                self._world = self._new_world()
            case method, path:
                return _json(f"there is no {method} {path}", 404)
        return _json(None)


def serve(folder: Path, port: int) -> tuple[Any, Double]:
    """A server on 127.0.0.1, not yet serving; port 0 takes a free one."""
    double = Double(folder)
    server = make_server("127.0.0.1", port, double, threaded=True, request_handler=_QuietHandler)
    return server, double


class _QuietHandler(MotoRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Nobody reads a line per request."""


def _read_whole(environ: dict[str, Any]) -> None:
    """Takes the body off the connection, so that no lock is held while it arrives."""
    is_chunked = environ.get("wsgi.input_terminated", False)
    length = -1 if is_chunked else int(environ.get("CONTENT_LENGTH") or 0)
    environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))


def _hang_up(environ: dict[str, Any]) -> None:
    """Closes the connection without a word."""
    connection: socket.socket = environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")
