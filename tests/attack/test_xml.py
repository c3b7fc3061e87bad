"""XML bombs and oddities in every operation of S3 that takes XML: refused at once, with memory and time that do not grow with what the
document pretends to hold."""

import base64
import hashlib
from pathlib import Path

import pytest

from wire import ACCOUNT, Request

BUCKET = "xml-bucket"
# Each with a document that is taken.
OPERATIONS = {
    "CreateBucket": ("PUT", "/xml-bucket-two", "", "<CreateBucketConfiguration>{}</CreateBucketConfiguration>", ""),
    "DeleteObjects": ("POST", f"/{BUCKET}", "delete=", "<Delete>{}</Delete>", "<Object><Key>none</Key></Object>"),
    "CompleteMultipartUpload": ("POST", f"/{BUCKET}/upload", "uploadId={id}", "<CompleteMultipartUpload>{}</CompleteMultipartUpload>",
                                "<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>"),
    "PutBucketEncryption": ("PUT", f"/{BUCKET}", "encryption=", "<ServerSideEncryptionConfiguration>{}</ServerSideEncryptionConfiguration>",
                            "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
                            "</ApplyServerSideEncryptionByDefault></Rule>"),
}
LAUGHS = "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' for n in range(1, 10))
BOMBS = {
    "billion laughs": '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY lol0 "lol">' + LAUGHS + "]>{root:&lol9;}",
    "quadratic blowup": '<!DOCTYPE r [<!ENTITY a "' + "a" * 50_000 + '">]>{root:' + "&a;" * 10_000 + "}",
    "an external entity": '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>{root:&x;}',
    "an external entity over HTTP": '<!DOCTYPE r [<!ENTITY x SYSTEM "http://127.0.0.1:{port}/_dray/metrics">]>{root:&x;}',
    "a parameter entity": '<!DOCTYPE r [<!ENTITY % x SYSTEM "file:///etc/passwd">%x;]>{root:}',
    "an external DTD": '<!DOCTYPE r SYSTEM "http://127.0.0.1:{port}/x.dtd">{root:}',
    "a DTD alone": "<!DOCTYPE r>{root:}",
    "a DTD inside": "{root:<!DOCTYPE r>}",
    "an unknown entity": "{root:&unknown;}",
    "a reference to NUL": "{root:&#0;}",
    "a reference to a surrogate": "{root:&#xD800;}",
    "a reference beyond Unicode": "{root:&#x110000;}",
    "a reference that overflows": "{root:&#4294967361;}",
    "NUL": "{root:\x00}",
    "broken UTF-8": b"{root:\xff\xfe}",
    "UTF-16": "{root:}".encode("utf-16"),
    "UTF-7": '<?xml version="1.0" encoding="UTF-7"?>{root:+ADw-!DOCTYPE+AD4-',
    "depth": "{root:" + "<a>" * 100_000 + "</a>" * 100_000 + "}",
    "depth without end": "<a>" * 1_000_000,
    "an endless name": "<" + "a" * 1_000_000 + "/>",
    "an endless attribute": "{root:<a b='" + "c" * 2_000_000 + "'/>}",
    "many attributes": "{root:<a " + " ".join(f"b{n}='c'" for n in range(100_000)) + "/>}",
    "many elements": "{root:" + "<a/>" * 400_000 + "}",
    "an include": '{root:<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>}',
    "a stylesheet": '<?xml-stylesheet type="text/xsl" href="file:///etc/passwd"?>{root:<a/>}',
    "two roots": "{root:}{root:}",
    "text behind": "{root:}x",
    "no end": "{root:<a>}",
    "no XML": '{"a":1}',
    "another root": "<Other/>",
    "an endless comment": "{root:<!-- " + "a" * 1_000_000,
}


@pytest.fixture(scope="module", autouse=True)
def bucket(server):
    s3 = server.client("s3", ACCOUNT)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="kept", Body=b"kept")


@pytest.fixture(scope="module")
def upload(server, bucket):
    s3 = server.client("s3", ACCOUNT)
    made = s3.create_multipart_upload(Bucket=BUCKET, Key="upload")["UploadId"]
    etag = s3.upload_part(Bucket=BUCKET, Key="upload", UploadId=made, PartNumber=1, Body=b"part")["ETag"].strip('"')
    return {"{id}": made, "{etag}": etag}


def fill(text, values):
    for name, value in values.items():
        text = text.replace(name.encode() if isinstance(text, bytes) else name, value.encode() if isinstance(text, bytes) else value)
    return text


def document(root, inside, bomb, port):
    """The bomb, with `{root:X}` standing for the operation's root element, what it needs inside it, and X."""
    if isinstance(bomb, str):
        bomb = bomb.encode()
    opening, closing = root.encode().split(b"{}")
    wide = b"\0" if b"{\0" in bomb else b""  # UTF-16 stays as it is: the point is its encoding
    if not wide:
        bomb = bomb.replace(b"{root:", opening + inside.encode()).replace(b"}", closing).replace(b"{port" + closing, str(port).encode())
    return bomb


def memory_of(server):
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def send(server, operation, body, upload):
    method, path, query, _, _ = OPERATIONS[operation]
    md5 = base64.b64encode(hashlib.md5(body).digest()).decode()
    return Request(server, method, path, fill(query, upload), body, {"Content-MD5": md5}).sign(server.credentials[ACCOUNT]).send()


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda name: name.replace(" ", "-"))
@pytest.mark.parametrize("operation", OPERATIONS)
def test_bombs_are_refused(server, upload, operation, bomb):
    _, _, _, root, inside = OPERATIONS[operation]
    body = document(root, fill(inside, upload), BOMBS[bomb], server.endpoint.rsplit(":", 1)[1])
    before = memory_of(server)
    answer = send(server, operation, body, upload)
    assert answer.status in (400, 413, 501), answer  # 501: an element that is not implemented
    assert b"root:x:" not in answer.body and b"dray_requests" not in answer.body and len(answer.body) < 2_000, answer
    assert memory_of(server) - before < 400, "megabytes"
    names = {found["Name"] for found in server.client("s3", ACCOUNT).list_buckets()["Buckets"]}
    assert names == {BUCKET}


def test_what_is_no_bomb_is_taken(server, upload):
    for operation in ("PutBucketEncryption", "DeleteObjects", "CompleteMultipartUpload", "CreateBucket"):
        _, _, _, root, inside = OPERATIONS[operation]
        body = root.replace("{}", fill(inside, upload)).encode()
        answer = send(server, operation, body, upload)
        assert answer.status == 200 and b"<Error>" not in answer.body, answer
    assert server.client("s3", ACCOUNT).get_object(Bucket=BUCKET, Key="kept")["Body"].read() == b"kept"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_document_without_end_is_not_read_to_it(server, upload, operation):
    """64 MB are announced and sent; the answer comes long before the last of them could be kept."""
    root = OPERATIONS[operation][3]
    body = (root.split("{}")[0] + "<a>").encode() + b" " * (64 << 20)
    before = memory_of(server)
    answer = send(server, operation, body, upload)
    assert answer.status in (400, 413), answer
    assert memory_of(server) - before < 200, "megabytes"
