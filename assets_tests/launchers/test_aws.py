"""What AWS says when it does not do what it was asked, as a sentence each."""

import pytest
from botocore import exceptions
from botocore.parsers import ResponseParserError

from seniorlink_assets.launchers.aws import AwsError, asking


def answer(code, message="", status=400):
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return exceptions.ClientError(response, "StartJobRun")


def refused(error):
    with pytest.raises(AwsError) as caught, asking("start the job"):
        raise error
    assert caught.value.__cause__ is error
    return caught.value


ERRORS = {
    "throttled": (answer("ThrottlingException", status=429), "busy", "asked too often"),
    "SlowDown": (answer("SlowDown", status=503), "busy", "asked too often"),
    "too many": (answer("TooManyRequestsException"), "busy", "asked too often"),
    "too many statements": (answer("ActiveStatementsExceededException"), "busy", "too often"),
    "a fault of AWS": (answer("InternalServerException", status=500), "away", "fault of its own"),
    "unavailable": (answer("ServiceUnavailable", status=503), "away", "fault of its own"),
    "expired": (answer("ExpiredTokenException", status=403), "expired", "aws sso login"),
    "expired in S3": (answer("ExpiredToken"), "expired", "aws sso login"),
    "skewed": (answer("RequestTimeTooSkewed", status=403), "wrong", "this machine's clock"),
    "skewed signature": (
        answer("InvalidSignatureException", "Signature expired: 1 is now earlier than 2", 403),
        "wrong",
        "this machine's clock",
    ),
    "unknown keys": (answer("UnrecognizedClientException", status=403), "refused", "doctor"),
    "wrong secret": (answer("SignatureDoesNotMatch", status=403), "refused", "doctor"),
    "missing": (answer("ResourceNotFoundException", "JobRun 1", 404), "missing", "JobRun 1"),
    "conflict": (answer("ConflictException", "used before", 409), "conflict", "used before"),
    "invalid": (answer("ValidationException", "must be 5"), "wrong", "must be 5"),
    "no region": (exceptions.NoRegionError(), "wrong", "set AWS_REGION"),
    "no credentials": (exceptions.NoCredentialsError(), "wrong", "There are no AWS credentials"),
    "half of the credentials": (
        exceptions.PartialCredentialsError(provider="env", cred_var="x"),
        "wrong",
        "There are no AWS credentials",
    ),
    "a session that is over": (
        exceptions.UnauthorizedSSOTokenError(),
        "expired",
        "cannot be renewed",
    ),
    "unreachable": (
        exceptions.EndpointConnectionError(endpoint_url="https://emr.nowhere-1.amazonaws.com/"),
        "away",
        "https://emr.nowhere-1.amazonaws.com/ cannot be reached",
    ),
    "no answer in time": (
        exceptions.ReadTimeoutError(endpoint_url="https://x"),
        "away",
        "connection to AWS was lost",
    ),
    "no connection in time": (
        exceptions.ConnectTimeoutError(endpoint_url="https://x"),
        "away",
        "connection to AWS was lost",
    ),
    "hung up": (
        exceptions.ConnectionClosedError(endpoint_url="https://x"),
        "away",
        "connection to AWS was lost",
    ),
    "a proxy's page": (ResponseParserError("<html>"), "away", "a proxy is in between"),
}


@pytest.mark.parametrize(("error", "trouble", "words"), ERRORS.values(), ids=list(ERRORS))
def test_an_error_is_a_sentence_that_says_what_for(error, trouble, words):
    found = refused(error)

    assert found.trouble == trouble
    assert words in str(found)
    assert "start the job" in str(found)
    assert "\n" not in str(found)


def test_a_refusal_names_who_may_not_do_what_where():
    found = refused(
        answer(
            "AccessDeniedException",
            "User: arn:aws:sts::1:assumed-role/x/y is not authorized to perform: "
            "emr-serverless:StartJobRun on resource: arn:aws:emr-serverless:us-east-1:1:/a "
            "because no identity-based policy allows it",
            403,
        )
    )

    assert str(found) == (
        "arn:aws:sts::1:assumed-role/x/y may not start the job: allow it "
        "emr-serverless:StartJobRun on arn:aws:emr-serverless:us-east-1:1:/a, or see "
        "`seniorlink doctor --env aws`"
    )


def test_a_refusal_that_names_nobody_names_the_doctor():
    found = refused(answer("AccessDenied", "Access Denied", 403))

    assert str(found) == (
        "AWS does not allow us to start the job (AccessDenied); see `seniorlink doctor --env aws`"
    )


@pytest.mark.parametrize(
    ("name", "transient", "may_be_done"),
    [
        ("throttled", True, False),
        ("expired", True, False),
        ("hung up", True, True),
        ("a fault of AWS", True, True),
        ("conflict", False, True),
        ("invalid", False, False),
        ("unknown keys", False, False),
    ],
)
def test_what_may_be_tried_again_and_what_may_have_been_done(name, transient, may_be_done):
    found = refused(ERRORS[name][0])

    assert (found.transient, found.may_be_done) == (transient, may_be_done)


def test_a_long_text_of_aws_is_cut():
    assert len(str(refused(answer("ValidationException", "x" * 10_000)))) < 400
