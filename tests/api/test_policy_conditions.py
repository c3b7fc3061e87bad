"""Conditions of bucket policies over HTTP, with stock clients: what the server knows of a request is what its policies decide by."""

import datetime
import json
import time
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from dray_server import DrayServer

OWNER, OTHER = "444455556666", "111122223333"
BUCKET = "conditions"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = DrayServer(tmp_path_factory.mktemp("conditions"))
    started.start()
    started.create_account(OWNER)
    started.create_account(OTHER)
    owner = started.client("s3", OWNER)
    owner.create_bucket(Bucket=BUCKET)
    owner.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    yield started
    assert started.stop() == 0


@pytest.fixture
def other(server):
    return server.client("s3", OTHER)


def allow_when(server, condition, action="s3:GetObject", resource=f"arn:aws:s3:::{BUCKET}/*"):
    server.client("s3", OWNER).put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": action, "Resource": resource, "Condition": condition}]}))


def may(call, **arguments):
    try:
        call(Bucket=BUCKET, **arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied", error
        return False
    return True


def iso(seconds):
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_dates(server, other):
    now = int(time.time())
    for key in ("aws:CurrentTime", "aws:EpochTime"):
        for form in (iso, str):
            allow_when(server, {"DateGreaterThan": {key: form(now - 3600)}, "DateLessThan": {key: form(now + 3600)}})
            assert may(other.get_object, Key="k"), (key, form)
            allow_when(server, {"DateLessThan": {key: form(now - 3600)}})
            assert not may(other.get_object, Key="k"), (key, form)
    # A permission that runs out.
    allow_when(server, {"DateLessThan": {"aws:CurrentTime": iso(int(time.time()) + 3)}})
    assert may(other.get_object, Key="k")
    deadline = time.time() + 30
    while may(other.get_object, Key="k"):
        assert time.time() < deadline
        time.sleep(0.2)


@pytest.mark.parametrize("operator, network, allowed", [
    ("IpAddress", "127.0.0.0/8", True), ("IpAddress", "127.0.0.1", True), ("IpAddress", ["203.0.113.0/24", "127.0.0.1/32"], True),
    ("IpAddress", "203.0.113.0/24", False), ("IpAddress", "::/0", False),
    ("NotIpAddress", "203.0.113.0/24", True), ("NotIpAddress", ["203.0.113.0/24", "127.0.0.0/8"], False)])
def test_addresses(server, other, operator, network, allowed):
    allow_when(server, {operator: {"aws:SourceIp": network}})
    assert may(other.get_object, Key="k") == allowed


def test_numbers(server, other):
    allow_when(server, {"NumericLessThanEquals": {"s3:max-keys": 10}}, "s3:ListBucket", f"arn:aws:s3:::{BUCKET}")
    assert may(other.list_objects_v2, MaxKeys=10) and may(other.list_objects_v2, MaxKeys=9)
    assert not may(other.list_objects_v2, MaxKeys=11)
    assert not may(other.list_objects_v2), "the key is absent"
    epoch = int(time.time())
    allow_when(server, {"NumericGreaterThan": {"aws:EpochTime": epoch - 100}, "NumericNotEquals": {"aws:EpochTime": "1e3"}})
    assert may(other.get_object, Key="k")


def test_the_age_of_a_signature(server):
    def fetch(url):
        try:
            return urllib.request.urlopen(url).read()
        except urllib.error.HTTPError as error:
            return error.code

    allow_when(server, {"NumericLessThan": {"s3:signatureAge": 4000}})
    client = server.client("s3", OTHER, signature_version="s3v4")
    link = client.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "k"}, ExpiresIn=3600)
    assert fetch(link) == b"x"
    deadline = time.time() + 30
    while fetch(link) == b"x":
        assert time.time() < deadline
        time.sleep(0.2)
    assert fetch(link) == 403


def test_agents_and_referers(server, other):
    headers = {}
    other.meta.events.register("before-sign.s3.GetObject", lambda request, **_: [
        (request.headers.__delitem__(name), request.headers.__setitem__(name, value)) for name, value in headers.items()])
    allow_when(server, {"StringLike": {"aws:Referer": ["https://example.com/*"]}})
    assert not may(other.get_object, Key="k")
    headers["Referer"] = "https://example.com/page"
    assert may(other.get_object, Key="k")
    headers["Referer"] = "https://example.org/page"
    assert not may(other.get_object, Key="k")
    allow_when(server, {"StringLike": {"aws:UserAgent": "*Boto3/*"}})
    assert may(other.get_object, Key="k")


def test_transport_and_principal(server, other):
    allow_when(server, {"Bool": {"aws:SecureTransport": "false"}, "ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{OTHER}:root"},
                        "StringEquals": {"aws:PrincipalAccount": OTHER, "aws:ResourceAccount": OWNER}})
    assert may(other.get_object, Key="k")
    allow_when(server, {"Bool": {"aws:SecureTransport": "true"}})
    assert not may(other.get_object, Key="k")


@pytest.mark.parametrize("condition, message", [
    ({"IpAddress": {"aws:SourceIp": "203.0.113.0/33"}}, "Invalid IP address in Conditions"),
    ({"DateLessThan": {"aws:CurrentTime": "soon"}}, 'Invalid value for Condition type : DateLessThan ("soon")'),
    ({"NumericLessThan": {"s3:signatureAge": "ten"}}, 'Invalid value for Condition type : NumericLessThan ("ten")'),
    ({"NumericLess": {"s3:signatureAge": "10"}}, "Invalid Condition type : NumericLess")])
def test_what_cannot_be_evaluated_is_refused(server, condition, message):
    with pytest.raises(ClientError) as raised:
        allow_when(server, condition)
    assert raised.value.response["Error"]["Code"] == "MalformedPolicy"
    assert raised.value.response["Error"]["Message"] == message
