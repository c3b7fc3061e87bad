"""What the tests of `dray import` share."""

import json
import urllib.request
import uuid
from types import SimpleNamespace

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from command_fixtures import SOURCE, arn_of
from dray_server import REGION

KEY = ("--hash-key", "pk:S")


def new_name():
    return f"i-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def exported(dray, table):
    """A table without recovery, exported to a prefix of its own: recovery was off, and is off again."""
    prefix = f"exports/{table}/"
    done = dray.run("export", table, f"s3://own/{prefix}", "--enable-pitr", "--disable-pitr-after", "--no-verify")
    export_id = arn_of(done).rsplit("/", 1)[1]
    return SimpleNamespace(table=table, prefix=prefix, url=f"s3://own/{prefix}", id=export_id, root=f"{prefix}AWSDynamoDB/{export_id}/")


def items_of(dynamodb, table):
    found = [item for page in dynamodb.get_paginator("scan").paginate(TableName=table) for item in page["Items"]]
    return sorted(found, key=lambda item: sorted(str(pair) for pair in item.items()))


def ask(server, operation, **members):
    """An operation with members that Debian's boto3 does not know."""
    request = botocore.awsrequest.AWSRequest("POST", server.endpoint + "/", data=json.dumps(members), headers={
        "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}"})
    botocore.auth.SigV4Auth(botocore.credentials.Credentials(*server.credentials[SOURCE]), "dynamodb", REGION).add_auth(request)
    signed = request.prepare()
    wire = urllib.request.Request(signed.url, data=request.data.encode(), headers=dict(signed.headers), method="POST")
    with urllib.request.urlopen(wire, timeout=60) as response:
        return json.loads(response.read())


def is_protected(server, table):
    return ask(server, "DescribeTable", TableName=table)["Table"].get("DeletionProtectionEnabled") is True
