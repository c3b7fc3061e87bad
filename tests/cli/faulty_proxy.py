"""An HTTP endpoint in front of a server that misbehaves on demand: answers with errors, too late, half, or changed. Everything on
loopback, on a free port."""

import http.client
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class FaultyProxy:
    """`faults`: functions of a request that return what to do with it, or None. The first that has an answer decides:
    ("status", 503), ("refuse", body of a 400), ("answer", body of a 200), ("slow", seconds), ("cut", bytes of the answer's body),
    ("lose", None): forwarded, but the answer is cut off before its first byte; ("change", function of the body)."""

    def __init__(self, endpoint):
        self.faults = []
        self.requests = []  # (method, path, headers, body)
        self.slow_until = threading.Event()
        target = urlsplit(endpoint)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                request = (self.command, self.path, dict(self.headers), body)
                proxy.requests.append(request)
                fault, value = next((found for fault in list(proxy.faults) if (found := fault(request))), (None, None))
                if fault == "status":
                    self.send_answer(value, [], b"broken on purpose")
                    return
                if fault in ("refuse", "answer"):
                    self.send_answer(400 if fault == "refuse" else 200, [], value)
                    return
                if fault == "slow":
                    proxy.slow_until.wait(value)
                upstream = http.client.HTTPConnection(target.hostname, target.port, timeout=60)
                upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, text in self.headers.items():
                    upstream.putheader(name, text)  # Host, too: it is signed
                upstream.endheaders(body)
                response = upstream.getresponse()
                content = response.read()
                headers = [(name, text) for name, text in response.getheaders()
                           if name.lower() not in ("content-length", "connection", "transfer-encoding", "x-amz-crc32")]
                upstream.close()
                if fault == "lose":
                    self.cut()
                    return
                if fault == "change":
                    content = value(content)
                self.send_answer(response.status, headers, content, cut_at=value if fault == "cut" else None)

            def send_answer(self, status, headers, content, cut_at=None):
                self.send_response_only(status)
                for name, text in headers:
                    self.send_header(name, text)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content if cut_at is None else content[:cut_at])
                if cut_at is not None:
                    self.cut()

            def cut(self):
                self.wfile.flush()
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass  # a client that left

        self.server = Server(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.slow_until.set()
        self.server.shutdown()
        self.server.server_close()

    def reset(self):
        self.faults, self.requests = [], []

    def targets(self):
        """The operations that were asked for, in their order."""
        return [headers["X-Amz-Target"].split(".")[1] for _, _, headers, _ in self.requests if "X-Amz-Target" in headers]


def times(count, condition, *fault):
    """A fault for the first `count` requests that fulfil the condition."""
    left = [count]

    def decide(request):
        if left[0] <= 0 or not condition(request):
            return None
        left[0] -= 1
        return fault

    return decide


def operation(name):
    return lambda request: request[2].get("X-Amz-Target", "").endswith("." + name)


def reading(part):
    return lambda request: request[0] == "GET" and part in request[1]


def wait_until(condition, timeout=30):
    until = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)
