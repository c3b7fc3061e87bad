#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the cases of this folder with botocore's signers, one folder a case. Run it with Debian's
Python (/usr/bin/python3, package python3-botocore); it shares no code with Dray. See README.md."""

import datetime
import hashlib
import json
import pathlib
import urllib.parse

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

HERE = pathlib.Path(__file__).parent
NOW = datetime.datetime(2026, 11, 22, 12, 34, 56)
# AWS's published example credentials.
KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


class FrozenDatetime(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return NOW

    @classmethod
    def now(cls, tz=None):
        return NOW


class FrozenModule:
    datetime = FrozenDatetime

    def __getattr__(self, name):
        return getattr(datetime, name)


botocore.auth.datetime = FrozenModule()


def recording(signer):
    """The signer, with its stages kept."""
    signer.stages = {}
    for name in ("canonical_request", "string_to_sign", "signature"):
        original = getattr(signer, name)

        def stage(*args, _name=name, _original=original, **kwargs):
            signer.stages[_name] = _original(*args, **kwargs)
            return signer.stages[_name]

        setattr(signer, name, stage)
    return signer


def case(name, signer_class, service, method, url, headers=(), body=b"", token=None, region="us-east-1",
         **signer_arguments):
    request = AWSRequest(method=method, url=url, data=body)
    for header, value in headers:
        request.headers.add_header(header, value)
    signer = recording(signer_class(Credentials(KEY, SECRET, token), service, region,
                                    **signer_arguments))
    signer.add_auth(request)

    parts = urllib.parse.urlsplit(request.url)
    target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    lines = [f"{method} {target} HTTP/1.1"]
    sent = list(request.headers.items())
    if not any(header.lower() == "host" for header, _ in sent):
        lines.append("Host: " + parts.netloc)
    lines += [f"{header}: {value}" for header, value in sent]
    folder = HERE / name
    folder.mkdir(exist_ok=True)

    def write(file, text):
        (folder / file).write_bytes(text.encode() if isinstance(text, str) else text)

    write("request.txt", "\n".join(lines) + "\n\n" + body.decode())
    write("canonical_request.txt", signer.stages["canonical_request"])
    write("string_to_sign.txt", signer.stages["string_to_sign"])
    write("signature.txt", signer.stages["signature"])
    write("context.json", json.dumps({
        "access_key": KEY,
        "secret": SECRET,
        "session_token": token or "",
        "region": region,
        "service": service,
        "now": NOW.strftime("%Y%m%dT%H%M%SZ"),
        "payload_hash": signer.stages["canonical_request"].rsplit("\n", 1)[1],
        "is_presigned": "X-Amz-Signature" in parts.query,
    }, indent=1) + "\n")


HEADER, S3, QUERY, S3_QUERY = (botocore.auth.SigV4Auth, botocore.auth.S3SigV4Auth,
                               botocore.auth.SigV4QueryAuth, botocore.auth.S3SigV4QueryAuth)
DYNAMODB = "http://127.0.0.1:8000/"
BUCKET = "http://127.0.0.1:8000/bucket"
JSON = [("Content-Type", "application/x-amz-json-1.0")]

case("dynamodb-put-item", HEADER, "dynamodb", "POST", DYNAMODB,
     JSON + [("X-Amz-Target", "DynamoDB_20120810.PutItem")],
     b'{"TableName":"t","Item":{"pk":{"S":"x"}}}')
case("dynamodb-session-token", HEADER, "dynamodb", "POST", DYNAMODB,
     JSON + [("X-Amz-Target", "DynamoDB_20120810.ListTables")], b"{}",
     token="FwoGZXIvYXdzEXAMPLE//token+with=signs==")
case("dynamodb-unicode-body", HEADER, "dynamodb", "POST", DYNAMODB,
     JSON + [("X-Amz-Target", "DynamoDB_20120810.PutItem")],
     '{"TableName":"t","Item":{"pk":{"S":"Zürich 東京"}}}'.encode(), region="eu-central-1")
case("sts-form", HEADER, "sts", "POST", DYNAMODB,
     [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
     b"Action=GetCallerIdentity&Version=2011-06-15")
case("headers-repeated", HEADER, "dynamodb", "GET", DYNAMODB,
     [("My-Header", "b"), ("My-Header", "a"), ("my-header", "c, d")])
case("headers-with-spaces", HEADER, "dynamodb", "GET", DYNAMODB,
     [("My-Header", "  a   b \t c  "), ("Quoted", '"a   b"')])
case("other-service-path-encoded-twice", HEADER, "lambda", "GET",
     "http://127.0.0.1:8000/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%20x/~a")
case("other-service-path-normalised", HEADER, "execute-api", "GET",
     "http://127.0.0.1:8000/a//b/./c/../d/")
case("query-sorted", HEADER, "execute-api", "GET",
     DYNAMODB + "?b=2&a=%20&a=&B=1&a-b=3&tilde=~&plus=%2B&slash=%2F")
case("query-without-value", S3, "s3", "GET", BUCKET + "?policy")
case("s3-list", S3, "s3", "GET",
     BUCKET + "?list-type=2&prefix=a%2Fb%20c&delimiter=%2F&continuation-token=1%2B%2F%3D&encoding-type=url")
case("s3-put", S3, "s3", "PUT", BUCKET + "/key.txt",
     [("Content-MD5", "XrY7u+Ae7tCTyyK7j1rNww=="), ("x-amz-meta-a", "b"), ("Content-Type", "text/plain")],
     b"hello world")
case("s3-odd-characters", S3, "s3", "GET",
     BUCKET + "/" + urllib.parse.quote("a b+c%d=e&f;g:h@i,j!k'l(m)n*o~p$q#r?s[t]", safe="/~"))
case("s3-path-not-normalised", S3, "s3", "GET", BUCKET + "/a//b/./c/../d/")
case("s3-unicode", S3, "s3", "GET", BUCKET + "/" + urllib.parse.quote("Zürich/東京/😀.json"))
case("s3-presigned-get", S3_QUERY, "s3", "GET", BUCKET + "/a%20b/c.json", expires=3600)
case("s3-presigned-put", S3_QUERY, "s3", "PUT", BUCKET + "/key?x-id=PutObject",
     [("Content-Type", "text/plain")], expires=604800)
case("s3-presigned-session-token", S3_QUERY, "s3", "GET", BUCKET + "/key", expires=60,
     token="FwoGZXIvYXdzEXAMPLE//token+with=signs==")
case("sts-presigned", QUERY, "sts", "GET",
     DYNAMODB + "?Action=GetCallerIdentity&Version=2011-06-15", expires=60)
