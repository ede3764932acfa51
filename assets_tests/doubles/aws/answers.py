"""Results and errors as AWS writes them, in the protocol of the service."""

from typing import Any

from botocore.model import OperationNotFoundError
from moto.core.model import OperationModel
from moto.core.serialize import get_serializer_class
from werkzeug.wrappers import Response

from assets_tests.doubles.aws.calls import Call
from assets_tests.doubles.aws.refused import Refused


def answer(call: Call, result: dict[str, Any] | Response) -> Response:
    """A result, named as in the model of the operation, or an answer that is ready."""
    if isinstance(result, Response):
        return result
    written = _serializer(call).serialize(result)
    return Response(written["body"], written["status_code"], written["headers"])


def refusal(call: Call, refused: Refused) -> Response:
    """An error; without a body where HTTP allows none."""
    if call.environ["REQUEST_METHOD"] == "HEAD":
        return Response("", refused.status)
    written = _serializer(call).serialize(refused)
    return Response(written["body"], refused.status, written["headers"])


def _serializer(call: Call) -> Any:
    try:
        operation = call.model.operation_model(call.operation)
    except OperationNotFoundError:
        operation = OperationModel({}, call.model)
    return get_serializer_class(call.service, call.protocol)(operation_model=operation)
