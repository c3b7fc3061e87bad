"""One server for a file of DynamoDB tests, its clients, and tables of their own. Import the fixtures by name."""

import time
import uuid

import pytest
from botocore.exceptions import ClientError

from dray_server import DrayServer, REGION

OWNER, OTHER = "111122223333", "444455556666"
KEY_TYPES = {"hash": dict(pk="S"), "composite": dict(pk="S", sk="N")}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = DrayServer(tmp_path_factory.mktemp("dynamodb"))
    started.start()
    started.create_account(OWNER)
    started.create_account(OTHER)
    yield started
    assert started.stop() == 0


@pytest.fixture(scope="module")
def dynamodb(server):
    """Validates nothing itself: what is wrong reaches the server."""
    return server.client("dynamodb", OWNER, parameter_validation=False)


def definition(**types):
    """CreateTable's members for a table with these key attributes, partition key first."""
    return dict(AttributeDefinitions=[dict(AttributeName=name, AttributeType=type) for name, type in types.items()],
                KeySchema=[dict(AttributeName=name, KeyType=key) for name, key in zip(types, ("HASH", "RANGE"))],
                BillingMode="PAY_PER_REQUEST")


def make_table(dynamodb, **types):
    name = f"t-{uuid.uuid4().hex[:12]}"
    dynamodb.create_table(TableName=name, **definition(**(types or KEY_TYPES["hash"])))
    return name


def table_arn(name, account=OWNER):
    return f"arn:aws:dynamodb:{REGION}:{account}:table/{name}"


def refused(call, code, message=None, **arguments):
    """Calls and expects that error; the message as a whole, or nothing said about it."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response
    assert error["Error"]["Code"] == code, error
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    if message is not None:
        assert error["Error"]["Message"] == message
    return error["Error"]["Message"]


def unsupported(name):
    return f"{name} is not supported by this version of Dray: see docs/compatibility.md"


def wait_for(describe, status, timeout=60):
    """Asks until the job is no longer running: its description."""
    until = time.monotonic() + timeout
    while True:
        description = describe()
        if description[status] != "IN_PROGRESS":
            return description
        assert time.monotonic() < until, description
        time.sleep(0.05)
