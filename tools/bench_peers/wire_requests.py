"""Requests of the DynamoDB API as the bytes that go over a connection, signed by botocore."""

import json
from dataclasses import dataclass

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGION = "us-east-1"


@dataclass(frozen=True)
class Target:
    """Where requests go, and as whom they are signed."""
    host: str  # HOST:PORT
    access_key: str
    secret: str


def wire_request(target, operation, arguments):
    """One whole HTTP request. A signature is good for five minutes."""
    body = json.dumps(arguments, separators=(",", ":"), ensure_ascii=False).encode()
    request = AWSRequest("POST", f"http://{target.host}/", data=body, headers={
        "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}"})
    SigV4Auth(Credentials(target.access_key, target.secret), "dynamodb", REGION).add_auth(request)
    headers = {"Host": target.host, **dict(request.headers.items()), "Content-Length": str(len(body))}
    lines = [f"{name}: {value.decode() if isinstance(value, bytes) else value}" for name, value in headers.items()]
    return "\r\n".join(["POST / HTTP/1.1", *lines, "", ""]).encode() + body


def write_requests(path, requests):
    with open(path, "wb") as file:
        for request in requests:
            file.write(b"%d\n%b" % (len(request), request))
