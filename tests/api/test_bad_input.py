"""Bad input gets a clear error and loses nothing: unsigned, wrongly signed and expired requests, bodies cut off, JSON that is not JSON,
items that are too deep or too large; exports to buckets that are missing, foreign or closed; imports of gzip that is cut or corrupt
and of lines that are not items. After each, the server answers as before."""

import datetime
import gzip
import json
import socket
import time

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
import urllib.error
import urllib.request
from botocore.exceptions import ClientError

from dray_server import DrayServer, REGION

OWNER, OTHER = "111122223333", "444455556666"
TABLE = dict(KeySchema=[dict(AttributeName="pk", KeyType="HASH")], BillingMode="PAY_PER_REQUEST",
             AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")])


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = DrayServer(tmp_path_factory.mktemp("bad-input"))
    started.start()
    started.create_account(OWNER)
    started.create_account(OTHER)
    dynamodb = started.client("dynamodb", OWNER)
    dynamodb.create_table(TableName="BadInput", **TABLE)
    dynamodb.put_item(TableName="BadInput", Item={"pk": {"S": "kept"}})
    dynamodb.update_continuous_backups(TableName="BadInput", PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
    started.client("s3", OWNER).create_bucket(Bucket="own-bucket")
    started.client("s3", OTHER).create_bucket(Bucket="foreign-bucket")
    yield started
    # Whatever was tried: the process lives, and what was there is there.
    assert dynamodb.get_item(TableName="BadInput", Key={"pk": {"S": "kept"}})["Item"] == {"pk": {"S": "kept"}}
    assert started.stop() == 0


def signed_request(server, body, operation="PutItem", secret=None, at=None, region=REGION, service="dynamodb"):
    """A signed DynamoDB request, ready to be spoilt."""
    access_key, right_secret = server.credentials[OWNER]
    request = botocore.awsrequest.AWSRequest(
        method="POST", url=server.endpoint + "/", data=body,
        headers={"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}"})
    credentials = botocore.credentials.Credentials(access_key, secret or right_secret)
    signer = botocore.auth.SigV4Auth(credentials, service, region)
    if at is None:
        signer.add_auth(request)
        return request
    real = botocore.auth.datetime

    class Stopped:
        datetime = type("stopped", (datetime.datetime,), {"utcnow": classmethod(lambda cls: at)})

    botocore.auth.datetime = Stopped
    try:
        signer.add_auth(request)
    finally:
        botocore.auth.datetime = real
    return request


def send(request, body=None):
    """(status, error type, message) of a prepared request."""
    sent = urllib.request.Request(request.url, data=request.data if body is None else body, headers=dict(request.headers),
                                  method=request.method)
    try:
        with urllib.request.urlopen(sent, timeout=30) as answer:
            return answer.status, "", answer.read().decode()
    except urllib.error.HTTPError as error:
        answer = json.loads(error.read())
        return error.code, answer["__type"].split("#")[-1], answer.get("message") or answer.get("Message", "")


PUT = json.dumps({"TableName": "BadInput", "Item": {"pk": {"S": "x"}}}).encode()


def test_unsigned_request_is_refused(server):
    plain = botocore.awsrequest.AWSRequest(method="POST", url=server.endpoint + "/", data=PUT, headers={
        "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.PutItem"})
    status, kind, _ = send(plain)
    assert (status, kind) == (400, "MissingAuthenticationTokenException")


def test_wrong_secret_is_refused(server):
    status, kind, message = send(signed_request(server, PUT, secret="wrong"))
    assert (status, kind) == (400, "InvalidSignatureException")
    assert message.startswith("The request signature we calculated does not match the signature you provided.")


def test_changed_body_is_refused(server):
    status, kind, _ = send(signed_request(server, PUT), body=PUT.replace(b'"x"', b'"y"'))
    assert (status, kind) == (400, "InvalidSignatureException")


@pytest.mark.parametrize("minutes", [-20, 20])
def test_request_signed_too_long_ago_or_ahead_is_refused(server, minutes):
    at = datetime.datetime.utcnow() + datetime.timedelta(minutes=minutes)
    status, kind, message = send(signed_request(server, PUT, at=at))
    assert (status, kind) == (400, "InvalidSignatureException")
    assert "Signature expired" in message or "Signature not yet current" in message


@pytest.mark.parametrize("region, service", [("eu-west-1", "dynamodb"), (REGION, "sqs")])
def test_foreign_credential_scope_is_refused(server, region, service):
    status, kind, message = send(signed_request(server, PUT, region=region, service=service))
    assert status in (400, 403) and kind == "InvalidSignatureException", (kind, message)
    assert "Credential should be scoped to" in message


def test_unknown_access_key_is_refused(server):
    request = signed_request(server, PUT)
    authorization = request.headers["Authorization"]
    del request.headers["Authorization"]
    request.headers["Authorization"] = authorization.replace(server.credentials[OWNER][0], "AKIAUNKNOWNUNKNOWN00")
    assert send(request)[:2] == (400, "UnrecognizedClientException")


@pytest.mark.parametrize("body", [b"", b"{", b"not json", b"[1,2]", b'"text"', b'{"TableName": 5}', b"\xff\xfe", b'{"a":1}{"b":2}',
                                  b"[" * 100_000, b'{"a":' * 100_000, b'{"TableName":"BadInput","Item":{"pk":{"S":5}}}'])
def test_json_that_is_not_the_request_is_refused(server, body):
    status, kind, _ = send(signed_request(server, body))
    assert status == 400 and kind in ("SerializationException", "ValidationException")


def test_body_that_is_cut_off_changes_nothing(server):
    request = signed_request(server, json.dumps({"TableName": "BadInput", "Item": {"pk": {"S": "cut"}}}).encode())
    host, port = server.endpoint.removeprefix("http://").split(":")
    head = f"POST / HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {len(request.data)}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in request.headers.items() if name.lower() not in ("host", "content-length"))
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(head.encode() + b"\r\n" + request.data[:-5])
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(30)
        assert b" 200 " not in connection.recv(1000)
    assert "Item" not in server.client("dynamodb", OWNER).get_item(TableName="BadInput", Key={"pk": {"S": "cut"}})


def test_item_nested_too_deep_is_refused(server):
    value = {"S": "deep"}
    for _ in range(40):
        value = {"L": [value]}
    with pytest.raises(ClientError) as refused:
        server.client("dynamodb", OWNER).put_item(TableName="BadInput", Item={"pk": {"S": "deep"}, "v": value})
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert "Nesting Levels have exceeded supported limits" in refused.value.response["Error"]["Message"]


def test_item_of_400_kb_fits_and_one_byte_more_is_refused(server):
    dynamodb = server.client("dynamodb", OWNER)
    room = 400 * 1024 - len("pk") - len("full") - len("v")
    dynamodb.put_item(TableName="BadInput", Item={"pk": {"S": "full"}, "v": {"S": "x" * room}})
    with pytest.raises(ClientError) as refused:
        dynamodb.put_item(TableName="BadInput", Item={"pk": {"S": "full"}, "v": {"S": "x" * (room + 1)}})
    assert refused.value.response["Error"]["Message"] == "Item size has exceeded the maximum allowed size"


def wait_export(server, **options):
    dynamodb = server.client("dynamodb", OWNER)
    arn = dynamodb.export_table_to_point_in_time(
        TableArn=f"arn:aws:dynamodb:{REGION}:{OWNER}:table/BadInput", **options)["ExportDescription"]["ExportArn"]
    return wait(lambda: dynamodb.describe_export(ExportArn=arn)["ExportDescription"], "ExportStatus")


def wait(describe, member):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = describe()
        if found[member] != "IN_PROGRESS":
            return found
        time.sleep(0.02)
    raise AssertionError("the job did not end")


@pytest.mark.parametrize("options, code", [
    (dict(S3Bucket="no-such-bucket-anywhere"), "S3NoSuchBucket"),
    (dict(S3Bucket="foreign-bucket"), "S3AccessDenied"),
    (dict(S3Bucket="foreign-bucket", S3BucketOwner=OTHER), "S3AccessDenied"),
    (dict(S3Bucket="own-bucket", S3BucketOwner=OTHER), "S3AccessDenied"),
])
def test_export_to_a_bucket_that_is_missing_foreign_or_closed_fails(server, options, code):
    found = wait_export(server, S3Prefix="bad", **options)
    assert (found["ExportStatus"], found["FailureCode"]) == ("FAILED", code)
    assert "Service: Amazon S3" in found["FailureMessage"]
    assert "ExportManifest" not in found


def import_bytes(server, name, content, compression="GZIP"):
    server.client("s3", OWNER).put_object(Bucket="own-bucket", Key=f"in/{name}/object", Body=content)
    dynamodb = server.client("dynamodb", OWNER)
    arn = dynamodb.import_table(
        S3BucketSource=dict(S3Bucket="own-bucket", S3KeyPrefix=f"in/{name}/"), InputFormat="DYNAMODB_JSON",
        InputCompressionType=compression, TableCreationParameters=dict(TableName=name, **TABLE),
    )["ImportTableDescription"]["ImportArn"]
    found = wait(lambda: dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"], "ImportStatus")
    assert found["ProcessedItemCount"] == found["ImportedItemCount"] + found["ErrorCount"]
    items = dynamodb.scan(TableName=name)["Items"]
    assert len(items) == found["ImportedItemCount"], "counters and table differ"
    return found


LINES = b"".join(b'{"Item":{"pk":{"S":"%d"},"v":{"S":"%s"}}}\n' % (n, b"v" * (n % 50)) for n in range(200))


def test_gzip_cut_anywhere_is_an_error_and_what_came_before_is_imported(server):
    whole = gzip.compress(LINES)
    for number, length in enumerate([1, 5, 12, len(whole) // 2, len(whole) - 9, len(whole) - 1]):
        found = import_bytes(server, f"cut{number}", whole[:length])
        assert (found["ImportStatus"], found["FailureCode"]) == ("FAILED", "ItemValidationError")
        assert found["ErrorCount"] == 1


def test_corrupt_gzip_is_an_error(server):
    whole = bytearray(gzip.compress(LINES))
    whole[-6] ^= 1  # the CRC
    found = import_bytes(server, "crc", bytes(whole))
    assert found["ImportStatus"] == "FAILED" and found["ErrorCount"] == 1


def test_plain_text_said_to_be_gzip_is_one_error(server):
    found = import_bytes(server, "mismatch", LINES)
    assert (found["ProcessedItemCount"], found["ImportedItemCount"]) == (1, 0)


def test_lines_that_are_not_items_are_counted(server):
    bad_in_the_middle = LINES + b'{"NotAnItem":{}}\n' + LINES
    found = import_bytes(server, "lines", bad_in_the_middle, "NONE")
    assert (found["ProcessedItemCount"], found["ImportedItemCount"], found["ErrorCount"]) == (201, 200, 1)
    keyless = LINES + b'{"Item":{"other":{"S":"x"}}}\n'
    found = import_bytes(server, "keyless", keyless, "NONE")
    assert (found["ProcessedItemCount"], found["ImportedItemCount"], found["ErrorCount"]) == (201, 200, 1)
