"""Clients that send or read as slowly as they are let: they hold no thread of the tables, take little memory, and are cut off."""

import socket
import threading
import time

import pytest

from wire import ACCOUNT, Request, address_of


@pytest.fixture(scope="module", autouse=True)
def stored(server):
    s3 = server.client("s3", ACCOUNT)
    s3.create_bucket(Bucket="slow-bucket")
    s3.put_object(Bucket="slow-bucket", Key="large", Body=b"x" * (20 << 20))


def answers_at_once(server, within=5):
    began = time.monotonic()
    request = Request(server, "POST", "/", body=b"{}", service="dynamodb", headers={"X-Amz-Target": "DynamoDB_20120810.ListTables"})
    assert request.sign(server.credentials[ACCOUNT]).send(timeout=within).status == 200
    assert Request(server, "GET", "/").sign(server.credentials[ACCOUNT]).send(timeout=within).status == 200
    assert time.monotonic() - began < within


class Drip:
    """Connections that are fed byte by byte until they are closed or the test ends."""

    def __init__(self, server, heads, byte):
        self.wires = []
        for head in heads:
            wire = socket.create_connection(address_of(server), timeout=60)
            wire.sendall(head)
            self.wires.append(wire)
        self.closed = 0
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._feed, args=(byte,), daemon=True)
        self._thread.start()

    def _feed(self, byte):
        open_ones = list(self.wires)
        while open_ones and not self._ends.wait(0.5):
            for wire in list(open_ones):
                try:
                    wire.sendall(byte)
                except OSError:
                    open_ones.remove(wire)
                    self.closed += 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._ends.set()
        self._thread.join()
        for wire in self.wires:
            wire.close()


def test_slow_heads_end_after_thirty_seconds(server):
    """However steadily they come: each byte gives no new time."""
    with Drip(server, [b"GET / HTTP/1.1\r\nHost: h\r\nX: "] * 300, b"a") as drip:
        for _ in range(3):
            answers_at_once(server)
            time.sleep(1)
        until = time.monotonic() + 45
        while drip.closed < len(drip.wires) and time.monotonic() < until:
            time.sleep(0.5)
        assert drip.closed == len(drip.wires)
    answers_at_once(server)


def test_slow_bodies_hold_no_thread_of_the_tables(server):
    head = b"POST / HTTP/1.1\r\nHost: h\r\nX-Amz-Target: DynamoDB_20120810.PutItem\r\nContent-Length: 1000000\r\n\r\n"
    with Drip(server, [head] * 300, b" "):
        for _ in range(3):
            answers_at_once(server)
            time.sleep(0.3)


def test_slow_uploads_without_permission_hold_nothing(server):
    """They are answered before their body has come, whoever they say they are."""
    heads = []
    for number in range(150):
        request = Request(server, "PUT", f"/slow-bucket/{number}", headers={"X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD"})
        if number % 3:
            request.sign((server.credentials[ACCOUNT][0], "wrong") if number % 3 == 1 else ("AKIA0000000000000000", "x"))
        request.set("Content-Length", "1000000")
        heads.append(request.bytes().replace(b"Connection: close\r\n", b""))
    with Drip(server, heads, b"a"):
        for _ in range(3):
            answers_at_once(server)
            time.sleep(0.3)


def test_slow_readers_hold_no_tables(server):
    wires = []
    for _ in range(20):
        request = Request(server, "GET", "/slow-bucket/large").sign(server.credentials[ACCOUNT])
        wire = socket.create_connection(address_of(server), timeout=60)
        wire.sendall(request.bytes())
        wires.append(wire)
    for _ in range(3):
        answers_at_once(server)
    for wire in wires:
        wire.close()
