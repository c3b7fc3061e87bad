#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records an upload of a current boto3 (1.36 or later) as it goes over the wire. Over TLS, because
boto3 sends trailers only there; the certificate is made on the way. See README.md."""

import hashlib
import io
import json
import pathlib
import re
import socket
import ssl
import subprocess
import tempfile
import threading

import boto3
import botocore
from botocore.config import Config

HERE = pathlib.Path(__file__).parent
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
OBJECT = "".join('{"Item":{"pk":{"N":"%d"}}}\n' % i for i in range(350)).encode()


def serve_one(listener, context, received):
    connection, _ = listener.accept()
    with context.wrap_socket(connection, server_side=True) as stream:
        is_continued = False
        while True:
            data = bytes(received)
            head = data.find(b"\r\n\r\n")
            if head > 0 and b"expect: 100-continue" in data[:head].lower() and not is_continued:
                stream.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                is_continued = True
            if head > 0 and len(data) > head + 4 and data.endswith(b"\r\n0\r\n\r\n"):
                break
            received += stream.recv(65536)
        stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: \"x\"\r\nConnection: close\r\n\r\n")


def without_transfer_coding(body):
    parts = []
    while True:
        size, body = body.split(b"\r\n", 1)
        if int(size, 16) == 0:
            return b"".join(parts)
        parts.append(body[:int(size, 16)])
        body = body[int(size, 16) + 2:]


def record(name, **arguments):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-keyout", folder + "/key", "-out", folder + "/crt"],
                       check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder + "/crt", folder + "/key")
    received = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve_one, args=(listener, context, received))
        server.start()
        client = boto3.client(
            "s3", endpoint_url="https://127.0.0.1:%d" % listener.getsockname()[1], verify=False,
            region_name="us-east-1", aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key=SECRET,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}))
        client.put_object(Bucket="bucket", Key="AWSDynamoDB/data/x.json", Body=io.BytesIO(OBJECT),
                          **arguments)
        server.join()
    request = re.sub(rb"os/linux#[^ ]+", b"os/linux", bytes(received))  # not signed
    head, body = request.split(b"\r\n\r\n", 1)
    if b"transfer-encoding: chunked" in head.lower():
        body = without_transfer_coding(body)
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    (folder / "request.bin").write_bytes(request)
    (folder / "body.bin").write_bytes(body)
    (folder / "context.json").write_text(json.dumps({
        "secret": SECRET,
        "region": "us-east-1",
        "object_bytes": len(OBJECT),
        "object_sha256": hashlib.sha256(OBJECT).hexdigest(),
    }, indent=1) + "\n")


print("botocore", botocore.__version__)
record("boto3-put-default")
record("boto3-put-sha1", ChecksumAlgorithm="SHA1")
