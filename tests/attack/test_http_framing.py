"""Requests that two readers could understand differently, and heads that are no heads: refused, and the connection ends, so that
nothing behind them is taken for a request."""

import socket

import pytest

from wire import ACCOUNT, Request, address_of, encoded, exchange

HEALTH = "GET /_dray/health HTTP/1.1\r\nHost: h\r\n\r\n"
SMUGGLED = "GET /_dray/metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"


def raw(server, text, timeout=20):
    return exchange(address_of(server), text if isinstance(text, bytes) else text.encode("latin-1"), timeout)


def head(*lines, start="POST /a-bucket/key HTTP/1.1", host="Host: h"):
    return "\r\n".join([start, *filter(None, [host]), *lines, "", ""])


AMBIGUOUS = {
    "both lengths": head("Content-Length: 5", "Transfer-Encoding: chunked") + "0\r\n\r\n",
    "both, the other order": head("Transfer-Encoding: chunked", "Content-Length: 5") + "0\r\n\r\n",
    "two different lengths": head("Content-Length: 5", "Content-Length: 6") + "aaaaa",
    "two equal lengths": head("Content-Length: 5", "Content-Length: 5") + "aaaaa",
    "a list of lengths": head("Content-Length: 5, 5") + "aaaaa",
    "a signed length": head("Content-Length: +5") + "aaaaa",
    "a negative length": head("Content-Length: -5") + "aaaaa",
    "a hexadecimal length": head("Content-Length: 0x5") + "aaaaa",
    "a length with a space": head("Content-Length: 5 5") + "aaaaa",
    "an empty length": head("Content-Length: ") + "aaaaa",
    "a length beyond 64 bits": head("Content-Length: 18446744073709551621") + "aaaaa",
    "two encodings": head("Transfer-Encoding: chunked", "Transfer-Encoding: identity") + "0\r\n\r\n",
    "a list of encodings": head("Transfer-Encoding: gzip, chunked") + "0\r\n\r\n",
    "chunked, then identity": head("Transfer-Encoding: chunked, identity") + "0\r\n\r\n",
    "an unknown encoding": head("Transfer-Encoding: xchunked") + "0\r\n\r\n",
    "an encoding with a control character": head("Transfer-Encoding: \x0bchunked") + "0\r\n\r\n",
    "an encoding in quotes": head('Transfer-Encoding: "chunked"') + "0\r\n\r\n",
    "chunked in HTTP/1.0": head("Transfer-Encoding: chunked", start="POST / HTTP/1.0") + "0\r\n\r\n",
    "a space before the colon": head("Content-Length : 5") + "aaaaa",
    "a tab before the colon": head("Transfer-Encoding\t: chunked") + "0\r\n\r\n",
    "a space before the first header": "POST / HTTP/1.1\r\n Host: h\r\n\r\n",
    "a folded header": head("X-Amz-Meta-A: b\r\n c"),
    "a folded encoding": head("Transfer-Encoding:\r\n chunked") + "0\r\n\r\n",
    "bare line feeds": "GET /_dray/health HTTP/1.1\nHost: h\n\n",
    "a bare line feed after a header": "GET /_dray/health HTTP/1.1\r\nHost: h\nX: y\r\n\r\n",
    "a bare carriage return": "GET /_dray/health HTTP/1.1\r\nHost: h\rX: y\r\n\r\n",
    "a NUL in a name": head("X\x00Y: z"),
    "a NUL in a value": head("X: \x00"),
    "a control character in a value": head("X: a\x01b"),
    "an escape in a value": head("X: a\x1b[2Jb"),
    "a DEL in a value": head("X: a\x7fb"),
    "a name with a space": head("X Y: z"),
    "a name with a comma": head("X,Y: z"),
    "a name with brackets": head("X(Y): z"),
    "no name": head(": z"),
    "no colon": head("X"),
    "two hosts": head("Host: other"),
    "two equal hosts": head("Host: h"),
    "no host": head(host=None),
    "another version": "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
    "version 0.9": "GET /\r\n\r\n",
    "a long version": "GET / HTTP/1.11\r\nHost: h\r\n\r\n",
    "no version": "GET / \r\nHost: h\r\n\r\n",
    "two spaces": "GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
    "a tab": "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n",
    "a space in the target": "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
    "a control character in the target": "GET /a\x01b HTTP/1.1\r\nHost: h\r\n\r\n",
    "a method with a control character": "GE\x01T / HTTP/1.1\r\nHost: h\r\n\r\n",
    "no path": "GET x HTTP/1.1\r\nHost: h\r\n\r\n",
    "an authority": "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64,
    "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no text": bytes(range(128, 256)) + b"\r\n\r\n",
}


@pytest.mark.parametrize("kind", AMBIGUOUS, ids=lambda kind: kind.replace(" ", "-"))
def test_what_can_be_read_in_two_ways_is_refused(server, kind):
    text = AMBIGUOUS[kind]
    text = text if isinstance(text, bytes) else text.encode("latin-1")
    answer = raw(server, text + SMUGGLED.encode())
    assert answer.status == 400, answer
    assert answer.raw.count(b"HTTP/1.1 ") == 1 and b"dray_requests_total" not in answer.raw, "what followed was taken for a request"


BAD_CHUNKS = {
    "a size beyond 64 bits": "10000000000000005\r\naaaaa\r\n0\r\n\r\n",
    "the largest size and more": "ffffffffffffffff1\r\naaaaa\r\n0\r\n\r\n",
    "a negative size": "-5\r\naaaaa\r\n0\r\n\r\n",
    "a signed size": "+5\r\naaaaa\r\n0\r\n\r\n",
    "a size with 0x": "0x5\r\naaaaa\r\n0\r\n\r\n",
    "no size": "\r\naaaaa\r\n0\r\n\r\n",
    "a space before the size": " 5\r\naaaaa\r\n0\r\n\r\n",
    "a size that is too small": "4\r\naaaaa\r\n0\r\n\r\n",
    "a size that is too large": "6\r\naaaaa\r\n0\r\n\r\n",
    "a bare line feed": "5\naaaaa\r\n0\r\n\r\n",
    "a bare line feed in an extension": "5;a\nb\r\naaaaa\r\n0\r\n\r\n",
    "a bare line feed after data": "5\r\naaaaa\n0\r\n\r\n",
    "no end of data": "5\r\naaaaa0\r\n\r\n",
    "an endless extension": "5;" + "a" * 200_000 + "\r\naaaaa\r\n0\r\n\r\n",
    "a broken trailer": "5\r\naaaaa\r\n0\r\nX Y: z\r\n\r\n",
}


@pytest.mark.parametrize("kind", BAD_CHUNKS, ids=lambda kind: kind.replace(" ", "-"))
@pytest.mark.parametrize("service", ["dynamodb", "s3"])
def test_broken_chunks_are_refused(server, kind, service):
    s3 = server.client("s3", ACCOUNT)
    if not any(bucket["Name"] == "framing-bucket" for bucket in s3.list_buckets()["Buckets"]):
        s3.create_bucket(Bucket="framing-bucket")
    if service == "s3":
        request = Request(server, "PUT", "/framing-bucket/key", service="s3", headers={"X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD"})
    else:
        request = Request(server, "POST", "/", service="dynamodb", body=b"aaaaa", headers={"X-Amz-Target": "DynamoDB_20120810.ListTables"})
    request.set("Transfer-Encoding", "chunked").sign(server.credentials[ACCOUNT])
    request.body = BAD_CHUNKS[kind].encode() + SMUGGLED.encode()
    answer = request.send()
    assert answer.status in (0, 400, 411, 501), answer
    assert b"dray_requests_total" not in answer.raw
    assert "Contents" not in s3.list_objects_v2(Bucket="framing-bucket")


def test_a_trailer_is_no_header(server):
    """A field behind the last chunk takes part in nothing."""
    request = Request(server, "POST", "/", service="dynamodb", body=b"{}", headers={"X-Amz-Target": "DynamoDB_20120810.ListTables"})
    request.sign(server.credentials[ACCOUNT], only=["host", "x-amz-date", "x-amz-target"]).set("Transfer-Encoding", "chunked")
    request.body = b"2;ext=1\r\n{}\r\n0\r\nX-Amz-Target: DynamoDB_20120810.DeleteTable\r\nAuthorization: none\r\n\r\n"
    answer = request.send()
    assert answer.status == 200 and answer.body.startswith(b'{"TableNames"'), answer


@pytest.mark.parametrize("target", ["http://h/_dray/health", "HTTP://other:1/_dray/health", "https://h/_dray/health"])
def test_an_absolute_target_is_its_path(server, target):
    assert raw(server, f"GET {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").status == 200


@pytest.mark.parametrize("target", ["/_dray/admin/accounts", "http://h/_dray/admin/accounts", "/_dray/../_dray/admin/accounts",
                                    "/_dray/%61dmin/accounts", "//_dray/admin/accounts", "/_dray/dev/clock", "/_dray/dev/reset"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_admin_requests_are_not_on_the_port(server, target, method):
    answer = raw(server, f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    assert answer.status in (400, 403, 404, 405), answer


def test_a_host_is_no_other_bucket(server):
    """The name of a bucket in the Host header is signed with it."""
    keys = server.credentials[ACCOUNT]
    s3 = server.client("s3", ACCOUNT)
    for name in ("host-one", "host-two"):
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="key", Body=name.encode())
    request = Request(server, "GET", "/key").set("Host", "host-one.localhost").sign(keys)
    assert request.send().body == b"host-one"
    assert request.set("Host", "host-two.localhost").send().status == 403
    # The path is a key then, whatever it looks like, and the authority of an absolute target decides nothing.
    other = Request(server, "GET", "/host-two/key").set("Host", "host-one.localhost").sign(keys)
    assert other.send().code == "NoSuchKey"
    absolute = Request(server, "GET", "/key").set("Host", "host-one.localhost").sign(keys)
    absolute.path = "http://host-two.localhost/key"
    assert absolute.send().body == b"host-one"
    for host in ("..localhost", "host-one..localhost", "a/b.localhost", "host-one.localhost.evil.example", "%68ost-one.localhost",
                 "@host-one.localhost", "[host-one.localhost", "-.localhost", ""):
        answer = Request(server, "GET", "/key").set("Host", host).sign(keys).send()
        assert answer.status in (400, 403, 404), (host, answer)


def test_a_response_cannot_be_split(server):
    keys = server.credentials[ACCOUNT]
    s3 = server.client("s3", ACCOUNT)
    s3.create_bucket(Bucket="split-bucket")
    s3.put_object(Bucket="split-bucket", Key="key", Body=b"x")
    for value in ("a\r\nSet-Cookie: b=c", "a\nSet-Cookie: b", "a\rSet-Cookie: b", "a\0b"):
        for name in ("response-content-type", "response-content-disposition", "response-cache-control"):
            answer = Request(server, "GET", "/split-bucket/key", f"{name}={encoded(value)}").sign(keys).send()
            assert answer.status == 400 and answer.header("Set-Cookie") is None, answer
    for key in ("\r\nSet-Cookie: a=b", "a\nLocation: x"):
        for method in ("GET", "PUT", "HEAD", "POST"):
            answer = Request(server, method, f"/split-bucket/{encoded(key)}", "uploads=" if method == "POST" else "").sign(keys).send()
            assert answer.header("Set-Cookie") is None and answer.header("Location") in (None, ""), answer


def test_pipelined_requests_are_each_authenticated(server):
    """A signed request lends nothing to what follows it on its connection."""
    signed = Request(server, "POST", "/", body=b"{}", service="dynamodb", headers={"X-Amz-Target": "DynamoDB_20120810.ListTables"})
    first = signed.sign(server.credentials[ACCOUNT]).bytes().replace(b"Connection: close\r\n", b"")
    bare = (b"POST / HTTP/1.1\r\nHost: " + signed.address.netloc.encode() + b"\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\n"
            b"Content-Length: 2\r\nConnection: close\r\n\r\n{}")
    with socket.create_connection(address_of(server), timeout=20) as wire:
        wire.sendall(first + bare)
        text = b""
        while part := wire.recv(65536):
            text += part
    assert text.count(b"HTTP/1.1 200") == 1 and text.count(b"HTTP/1.1 400") == 1 and b"MissingAuthenticationToken" in text
