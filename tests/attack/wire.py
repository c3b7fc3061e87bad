"""Requests as an attacker makes them: signed by code of its own, changed after signing, written to a socket byte by byte."""

import datetime
import hashlib
import hmac
import re
import socket
from urllib.parse import quote, urlsplit

from dray_server import REGION

ACCOUNT = "111122223333"
OTHER = "444455556666"
EMPTY_HASH = hashlib.sha256(b"").hexdigest()


def sha256(data):
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signing_key(secret, scope):
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = mac(key, part)
    return key


def amz_date(seconds_from_now=0):
    return (datetime.datetime.utcnow() + datetime.timedelta(seconds=seconds_from_now)).strftime("%Y%m%dT%H%M%SZ")


def encoded(text, safe=""):
    return quote(text, safe=safe + "-_.~")


def canonical_query(query):
    pairs = [(pair.split("=", 1) + [""])[:2] for pair in query.split("&") if pair]
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


class Request:
    """A request that can be changed until, and after, it is signed."""

    def __init__(self, server, method="GET", path="/", query="", body=b"", headers=(), service="s3", at=None, region=REGION):
        self.address = urlsplit(server.endpoint)
        self.method, self.path, self.query, self.body = method, path, query, body
        self.service, self.region, self.at = service, region, at or amz_date()
        self.headers = [["Host", self.address.netloc], ["X-Amz-Date", self.at], *map(list, dict(headers).items())]
        if service == "s3":
            self.set("X-Amz-Content-Sha256", dict(headers).get("X-Amz-Content-Sha256", sha256(body)))

    def get(self, name):
        return next((value for header, value in self.headers if header.lower() == name.lower()), None)

    def set(self, name, value):
        self.drop(name)
        self.headers.append([name, value])
        return self

    def add(self, name, value):
        self.headers.append([name, value])
        return self

    def drop(self, name):
        self.headers = [pair for pair in self.headers if pair[0].lower() != name.lower()]
        return self

    @property
    def scope(self):
        return f"{self.at[:8]}/{self.region}/{self.service}/aws4_request"

    def signature(self, secret, signed, payload_hash, query):
        lines = "".join(f"{name}:" + ",".join(value.strip() for header, value in self.headers if header.lower() == name) + "\n"
                        for name in signed)
        canonical = "\n".join([self.method, self.path, canonical_query(query), lines, ";".join(signed), payload_hash])
        to_sign = "\n".join(["AWS4-HMAC-SHA256", self.at, self.scope, sha256(canonical)])
        return mac(signing_key(secret, self.scope), to_sign).hex()

    def sign(self, keys, only=None):
        """`keys`: access key, secret and, of temporary credentials, the token."""
        if len(keys) > 2:
            self.set("X-Amz-Security-Token", keys[2])
        signed = sorted({name.lower() for name, _ in self.headers} if only is None else only)
        payload = self.get("X-Amz-Content-Sha256") or sha256(self.body)
        signature = self.signature(keys[1], signed, payload, self.query)
        return self.set("Authorization", f"AWS4-HMAC-SHA256 Credential={keys[0]}/{self.scope}, SignedHeaders={';'.join(signed)}, "
                                         f"Signature={signature}")

    def presign(self, keys, expires=60, signed=("host",)):
        self.drop("X-Amz-Date").drop("X-Amz-Content-Sha256")
        fields = {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": f"{keys[0]}/{self.scope}", "X-Amz-Date": self.at,
                  "X-Amz-Expires": str(expires), "X-Amz-SignedHeaders": ";".join(sorted(signed))}
        if len(keys) > 2:
            fields["X-Amz-Security-Token"] = keys[2]
        self.query = "&".join(filter(None, [self.query, *(f"{name}={encoded(value)}" for name, value in fields.items())]))
        payload = "UNSIGNED-PAYLOAD" if self.service == "s3" else sha256(self.body)
        self.query += "&X-Amz-Signature=" + self.signature(keys[1], sorted(signed), payload, self.query)
        return self

    def bytes(self):
        head = f"{self.method} {self.path}{'?' + self.query if self.query else ''} HTTP/1.1\r\n"
        names = {name.lower() for name, _ in self.headers}
        headers = list(self.headers)
        if "content-length" not in names and "transfer-encoding" not in names:
            headers.append(["Content-Length", str(len(self.body))])
        headers.append(["Connection", "close"])
        return (head + "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n").encode("latin-1") + self.body

    def send(self, timeout=30):
        return exchange((self.address.hostname, self.address.port), self.bytes(), timeout)


class Answer:
    def __init__(self, raw):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.raw, self.status = raw, int(lines[0].split()[1]) if raw else 0
        self.headers = [tuple(line.split(": ", 1)) for line in lines[1:]]
        self.text = self.body.decode(errors="replace")

    def header(self, name):
        return next((value for header, value in self.headers if header.lower() == name.lower()), None)

    @property
    def code(self):
        found = re.search(r"<Code>(\w+)</Code>", self.text) or re.search(r'"__type":"[^"#]*#(\w+)"', self.text)
        return found.group(1) if found else None

    def __repr__(self):
        return f"{self.status} {self.text[:600]}"


def exchange(address, data, timeout=30):
    """What comes back until the server closes; status 0 when nothing does."""
    with socket.create_connection(address, timeout=timeout) as wire:
        try:
            wire.sendall(data)
        except OSError:
            pass  # refused and closed before the last byte
        parts = []
        try:
            while part := wire.recv(65536):
                parts.append(part)
        except ConnectionResetError:
            pass
    return Answer(b"".join(parts))


def address_of(server):
    address = urlsplit(server.endpoint)
    return address.hostname, address.port
