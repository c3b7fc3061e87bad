"""Signed requests whose body the test writes itself: for members that Debian's boto3 does not know and for what it would not send."""

import json
import urllib.error
import urllib.request
import zlib

import botocore.auth
import botocore.awsrequest
import botocore.credentials

from dray_server import REGION
from dynamodb_fixtures import OWNER


def raw(server, operation, body, account=OWNER, api="DynamoDB_20120810"):
    """(status, parsed answer) of one signed request; `body` is text or what becomes JSON."""
    request = botocore.awsrequest.AWSRequest(
        method="POST", url=server.endpoint + "/", data=body if isinstance(body, str) else json.dumps(body),
        headers={"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"{api}.{operation}"})
    credentials = botocore.credentials.Credentials(*server.credentials[account])
    botocore.auth.SigV4Auth(credentials, "dynamodb", REGION).add_auth(request)
    prepared = request.prepare()
    wire = urllib.request.Request(prepared.url, data=request.data.encode(), headers=dict(prepared.headers), method="POST")
    try:
        with urllib.request.urlopen(wire, timeout=60) as response:
            status, headers, text = response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        status, headers, text = error.code, error.headers, error.read()
    assert int(headers["x-amz-crc32"]) == zlib.crc32(text)
    assert headers["x-amzn-RequestId"] and headers["Content-Type"] == "application/x-amz-json-1.0"
    return status, json.loads(text)


def raw_refused(server, operation, body, code, message=None, account=OWNER):
    status, answer = raw(server, operation, body, account)
    assert status == 400 and answer["__type"].endswith("#" + code), answer
    if message is not None:
        assert answer.get("message") == message
    return answer
