#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the uploads with signed chunks (signed-*): the request is signed by botocore, the chunks by
the few lines below, from AWS's description. Run it with /usr/bin/python3. See README.md."""

import base64
import datetime
import hashlib
import hmac
import json
import pathlib
import zlib

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

HERE = pathlib.Path(__file__).parent
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
OBJECT = "".join('{"Item":{"pk":{"N":"%d"}}}\n' % i for i in range(350)).encode()
NOW = datetime.datetime(2026, 11, 22, 12, 34, 56)


class Frozen:
    class datetime(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return NOW

    def __getattr__(self, name):
        return getattr(datetime, name)


botocore.auth.datetime = Frozen()


def hmac_sha256(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def make(name, payload, trailers):
    class Signer(botocore.auth.S3SigV4Auth):
        def payload(self, request):
            return payload

    request = AWSRequest("PUT", "http://127.0.0.1:8000/bucket/x.json", data=b"")
    request.headers["Content-Encoding"] = "aws-chunked"
    request.headers["x-amz-decoded-content-length"] = str(len(OBJECT))
    if trailers:
        request.headers["x-amz-trailer"] = ",".join(trailers)
    Signer(Credentials("AKIDEXAMPLE", SECRET), "s3", "us-east-1").add_auth(request)
    previous = request.headers["Authorization"].rsplit("Signature=", 1)[1]

    key = b"AWS4" + SECRET.encode()
    for part in ("20261122", "us-east-1", "s3", "aws4_request"):
        key = hmac_sha256(key, part)
    prefix = "20261122T123456Z\n20261122/us-east-1/s3/aws4_request\n"
    body = b""
    for at in list(range(0, len(OBJECT), 8192)) + [len(OBJECT)]:
        data = OBJECT[at:at + 8192]
        previous = hmac_sha256(key, "AWS4-HMAC-SHA256-PAYLOAD\n" + prefix + previous + "\n"
                               + sha256(b"") + "\n" + sha256(data)).hex()
        body += b"%x;chunk-signature=%s\r\n" % (len(data), previous.encode())
        body += data + b"\r\n" if data else b""
    if trailers:
        text = "".join(f"{header}:{value}\n" for header, value in trailers.items())
        body += text.replace("\n", "\r\n").encode()
        signature = hmac_sha256(key, "AWS4-HMAC-SHA256-TRAILER\n" + prefix + previous + "\n"
                                + sha256(text.encode())).hex()
        body += b"x-amz-trailer-signature:" + signature.encode() + b"\r\n"
    body += b"\r\n"

    head = "PUT /bucket/x.json HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n"
    head += "".join(f"{header}: {value}\r\n" for header, value in request.headers.items())
    head += f"Content-Length: {len(body)}\r\n\r\n"
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    (folder / "request.bin").write_bytes(head.encode() + body)
    (folder / "body.bin").write_bytes(body)
    (folder / "context.json").write_text(json.dumps({
        "secret": SECRET,
        "region": "us-east-1",
        "object_bytes": len(OBJECT),
        "object_sha256": sha256(OBJECT),
    }, indent=1) + "\n")


make("signed-chunks", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", {})
make("signed-chunks-trailer", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", {
    "x-amz-checksum-crc32": base64.b64encode(zlib.crc32(OBJECT).to_bytes(4, "big")).decode()})
