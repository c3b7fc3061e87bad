"""Requests as clients of today send them, byte by byte over a socket: bodies in aws-chunked framing, signed chunk by chunk or not
at all, with checksums in trailers. Debian's clients of 2022 cannot make them. Signatures are computed here, by code of its own."""

import base64
import datetime
import hashlib
import hmac
import socket
import zlib
from urllib.parse import urlsplit

import pytest

from dray_server import DrayServer, REGION

OWNER = "444455556666"
EMPTY_HASH = hashlib.sha256(b"").hexdigest()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = DrayServer(tmp_path_factory.mktemp("s3-raw"))
    started.start()
    started.create_account(OWNER)
    started.client("s3", OWNER).create_bucket(Bucket="raw-bucket")
    yield started
    assert started.stop() == 0


@pytest.fixture
def s3(server):
    return server.client("s3", OWNER)


def crc64nvme(data):
    crc = 0xFFFFFFFFFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x9A6C9329AC4BC9B5 if crc & 1 else 0)
    return (crc ^ 0xFFFFFFFFFFFFFFFF).to_bytes(8, "big")


def b64(data):
    return base64.b64encode(data).decode()


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Signed:
    """One PUT, signed; chunk signatures go on from its signature."""

    def __init__(self, server, key, payload_hash, headers):
        access_key, secret = server.credentials[OWNER]
        self.at = datetime.datetime.utcnow().strftime("%Y%m%dT%H%M%SZ")
        self.scope = f"{self.at[:8]}/{REGION}/s3/aws4_request"
        self.key = ("AWS4" + secret).encode()
        for part in self.scope.split("/"):
            self.key = mac(self.key, part)
        self.address = urlsplit(server.endpoint)
        self.path = f"/raw-bucket/{key}"
        self.headers = {"host": self.address.netloc, "x-amz-content-sha256": payload_hash, "x-amz-date": self.at, **headers}
        names = sorted(self.headers)
        lines = [f"{name}:{self.headers[name]}" for name in names]
        canonical = "\n".join(["PUT", self.path, "", *lines, "", ";".join(names), payload_hash])
        to_sign = "\n".join(["AWS4-HMAC-SHA256", self.at, self.scope, hashlib.sha256(canonical.encode()).hexdigest()])
        self.previous = mac(self.key, to_sign).hex()
        self.headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={access_key}/{self.scope}, "
                                         f"SignedHeaders={';'.join(names)}, Signature={self.previous}")

    def chunk(self, data):
        to_sign = "\n".join(["AWS4-HMAC-SHA256-PAYLOAD", self.at, self.scope, self.previous, EMPTY_HASH, hashlib.sha256(data).hexdigest()])
        self.previous = mac(self.key, to_sign).hex()
        return b"%x;chunk-signature=%s\r\n" % (len(data), self.previous.encode()) + data + (b"\r\n" if data else b"")

    def trailer(self, line):
        hashed = hashlib.sha256(line.encode() + b"\n").hexdigest()
        to_sign = "\n".join(["AWS4-HMAC-SHA256-TRAILER", self.at, self.scope, self.previous, hashed])
        return f"{line}\r\nx-amz-trailer-signature:{mac(self.key, to_sign).hex()}\r\n\r\n".encode()

    def send(self, body):
        """(status, body) of the answer."""
        head = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        with socket.create_connection((self.address.hostname, self.address.port), timeout=30) as connection:
            start = f"PUT {self.path} HTTP/1.1\r\n{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n"
            connection.sendall(start.encode() + body)
            answer = b""
            while received := connection.recv(65536):
                answer += received
        head, _, text = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), text


def unsigned_trailer(server, key, data, checksum, algorithm="crc64nvme", announced=None, chunk_size=65536, decoded=None):
    """What `PutObject` of SDKs since 2025 sends: unsigned chunks and a checksum behind them."""
    request = Signed(server, key, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", {
        "content-encoding": "aws-chunked", "x-amz-decoded-content-length": str(len(data) if decoded is None else decoded),
        "x-amz-sdk-checksum-algorithm": algorithm.upper(), "x-amz-trailer": announced or f"x-amz-checksum-{algorithm}"})
    chunks = [data[at:at + chunk_size] for at in range(0, len(data), chunk_size)]
    body = b"".join(b"%x\r\n" % len(chunk) + chunk + b"\r\n" for chunk in chunks)
    trailer = f"x-amz-checksum-{algorithm}:{checksum}\r\n" if checksum else ""
    return request.send(body + b"0\r\n" + trailer.encode() + b"\r\n")


@pytest.mark.parametrize("size", [0, 9, 65536, 200_000])
def test_unsigned_chunks_with_a_crc64nvme_trailer(server, s3, size):
    data = (b"123456789" * (size // 9 + 1))[:size]
    checksum = b64(crc64nvme(data))
    assert unsigned_trailer(server, "trailer", data, checksum)[0] == 200
    got = s3.get_object(Bucket="raw-bucket", Key="trailer")
    assert got["Body"].read() == data
    assert "ContentEncoding" not in got or got["ContentEncoding"] == ""
    head = s3.head_object(Bucket="raw-bucket", Key="trailer", ChecksumMode="ENABLED")["ResponseMetadata"]["HTTPHeaders"]
    assert head["x-amz-checksum-crc64nvme"] == checksum and head["x-amz-checksum-type"] == "FULL_OBJECT"


def test_the_check_value_of_crc64nvme(server):
    assert crc64nvme(b"123456789").hex() == "ae8b14860a799888"
    assert unsigned_trailer(server, "check", b"123456789", "rosUhgp5mIg=")[0] == 200


@pytest.mark.parametrize("algorithm, digest", [("crc32", lambda d: zlib.crc32(d).to_bytes(4, "big")),
                                               ("sha1", lambda d: hashlib.sha1(d).digest()),
                                               ("sha256", lambda d: hashlib.sha256(d).digest())])
def test_other_trailers(server, s3, algorithm, digest):
    assert unsigned_trailer(server, algorithm, b"abc" * 1000, b64(digest(b"abc" * 1000)), algorithm)[0] == 200
    assert s3.get_object(Bucket="raw-bucket", Key=algorithm)["Body"].read() == b"abc" * 1000


def test_bodies_that_contradict_themselves_leave_nothing(server, s3):
    data = b"x" * 100_000
    right = b64(crc64nvme(data))
    for code, answer in [
            (b"BadDigest", unsigned_trailer(server, "spoilt", data, b64(b"\0" * 8))),
            (None, unsigned_trailer(server, "spoilt", data, None)),
            (None, unsigned_trailer(server, "spoilt", data, right, decoded=len(data) + 1)),
            (None, unsigned_trailer(server, "spoilt", data, right, decoded=len(data) - 1)),
            (None, unsigned_trailer(server, "spoilt", data, right, announced="x-amz-checksum-crc32"))]:
        assert answer[0] == 400, answer
        if code:
            assert code in answer[1]
    assert "Contents" not in s3.list_objects_v2(Bucket="raw-bucket", Prefix="spoilt")


def signed_chunks(server, key, chunks, spoil=None, with_trailer=False):
    data = b"".join(chunks)
    kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if with_trailer else "")
    headers = {"content-encoding": "aws-chunked", "x-amz-decoded-content-length": str(len(data))}
    if with_trailer:
        headers |= {"x-amz-trailer": "x-amz-checksum-crc32", "x-amz-sdk-checksum-algorithm": "CRC32"}
    request = Signed(server, key, kind, headers)
    body = b"".join(request.chunk(chunk) for chunk in [*chunks, b""])
    if with_trailer:
        body += request.trailer("x-amz-checksum-crc32:" + b64(zlib.crc32(data).to_bytes(4, "big")))
    else:
        body += b"\r\n"
    return request.send(spoil(body) if spoil else body)


@pytest.mark.parametrize("with_trailer", [False, True])
def test_signed_chunks(server, s3, with_trailer):
    chunks = [b"a" * 65536, b"b" * 65536, b"c" * 10]
    assert signed_chunks(server, "signed", chunks, with_trailer=with_trailer)[0] == 200
    assert s3.get_object(Bucket="raw-bucket", Key="signed")["Body"].read() == b"".join(chunks)
    status, text = signed_chunks(server, "forged", chunks, lambda body: body.replace(b"b" * 65536, b"B" * 65536), with_trailer)
    assert status == 403 and b"SignatureDoesNotMatch" in text
    assert "Contents" not in s3.list_objects_v2(Bucket="raw-bucket", Prefix="forged")


def test_a_body_that_is_cut_off_leaves_nothing(server, s3):
    request = Signed(server, "cut", "UNSIGNED-PAYLOAD", {})
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    with socket.create_connection((request.address.hostname, request.address.port), timeout=30) as connection:
        connection.sendall(f"PUT {request.path} HTTP/1.1\r\n{head}content-length: 1000000\r\n\r\n".encode() + b"x" * 500_000)
    assert "Contents" not in s3.list_objects_v2(Bucket="raw-bucket", Prefix="cut")


def test_a_dev_server_takes_signed_chunks_of_any_key(tmp_path):
    server = DrayServer(tmp_path, "--dev")
    server.start()
    try:
        server.credentials[OWNER] = OWNER, "any secret"
        s3 = server.client("s3", OWNER)
        s3.create_bucket(Bucket="raw-bucket")
        request = Signed(server, "dev", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", {"x-amz-decoded-content-length": "70000"})
        data = b"d" * 70_000
        body = request.chunk(data[:65536]) + request.chunk(data[65536:]) + request.chunk(b"") + b"\r\n"
        assert request.send(body)[0] == 200
        assert s3.get_object(Bucket="raw-bucket", Key="dev")["Body"].read() == data
    finally:
        server.stop()
