"""Everything that a client can make large has a limit, the answer says which, and the server goes on."""

import json
import socket
from pathlib import Path

import pytest

from wire import ACCOUNT, Request, address_of, encoded, exchange

FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


@pytest.fixture(scope="module", autouse=True)
def stored(server):
    server.client("s3", ACCOUNT).create_bucket(Bucket="large-bucket")
    server.client("dynamodb", ACCOUNT).create_table(
        TableName="Table", BillingMode="PAY_PER_REQUEST", KeySchema=[dict(AttributeName="pk", KeyType="HASH")],
        AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")])


def memory_of(server):
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


@pytest.fixture(autouse=True)
def goes_on(server):
    before = memory_of(server)
    yield
    assert Request(server, "GET", "/").sign(server.credentials[ACCOUNT]).send().status == 200
    assert memory_of(server) - before < 300, "megabytes"


def raw(server, head):
    return exchange(address_of(server), head if isinstance(head, bytes) else head.encode())


@pytest.mark.parametrize("path", ["/", "/large-bucket/key", "/_dray/health"])
def test_heads(server, path):
    line = f"GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
    assert raw(server, line + "\r\n").status in (200, 400, 403)
    for head in (line + "X: " + "a" * 70_000, line + "".join(f"X{n}: y\r\n" for n in range(20_000)), line + "X" * 70_000 + ": y",
                 line + "Cookie: " + "a" * 10_000_000, line + "Authorization: AWS4-HMAC-SHA256 " + "," * 70_000,
                 f"GET {path}?{'a' * 70_000} HTTP/1.1\r\nHost: h\r\n", f"GET {path}{'a' * 10_000_000} HTTP/1.1\r\nHost: h\r\n",
                 "G" * 70_000 + f" {path} HTTP/1.1\r\nHost: h\r\n", f"GET {path} HTTP/1.1\r\nHost: {'h' * 70_000}\r\n",
                 line + "a" * 100_000):
        assert raw(server, head + "\r\n\r\n").status in (400, 431), head[:80]


def test_many_headers_and_parameters_within_the_limit_cost_little(server):
    keys = server.credentials[ACCOUNT]
    many = Request(server, "GET", "/large-bucket", "&".join(f"p{n}=v" for n in range(6_000)))
    assert many.sign(keys).send().status in (200, 400, 501)
    many = Request(server, "GET", "/large-bucket", headers={f"X-Own-{n}": "v" for n in range(1_500)}).sign(keys)
    assert many.send().status == 200
    repeated = Request(server, "GET", "/large-bucket").sign(keys)
    head, signature = repeated.get("Authorization").split("SignedHeaders=")
    repeated.set("Authorization", head + "SignedHeaders=" + "host;" * 10_000 + signature)
    assert repeated.send().status in (400, 403)


def call(server, service, body, target=None, **headers):
    return Request(server, "POST", body=body, service=service, headers={
        **({"X-Amz-Target": target} if target else FORM), **headers}).sign(server.credentials[ACCOUNT]).send()


BODIES = {
    "dynamodb": ("dynamodb", "DynamoDB_20120810.PutItem", b'{"TableName":"Table","Item":{"pk":{"S":"'),
    "logs": ("logs", "Logs_20140328.GetLogEvents", b'{"logGroupName":"'),
    "iam": ("iam", None, b"Action=CreateUser&Version=2010-05-08&UserName="),
    "sts": ("sts", None, b"Action=GetCallerIdentity&Version=2011-06-15&X="),
}


@pytest.mark.parametrize("api", BODIES)
@pytest.mark.parametrize("megabytes", [1, 15, 20])
def test_bodies(server, api, megabytes):
    service, target, start = BODIES[api]
    answer = call(server, service, start + b"a" * (megabytes << 20), target)
    assert answer.status in (400, 413), answer
    assert len(answer.body) < 100_000


def test_an_announced_size_takes_no_memory(server):
    """Hundreds of requests that say they are large and send nothing."""
    before = memory_of(server)
    wires = []
    for _ in range(300):
        wire = socket.create_connection(address_of(server), timeout=20)
        wire.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nX-Amz-Target: DynamoDB_20120810.PutItem\r\nContent-Length: 16000000\r\n\r\n{")
        wires.append(wire)
    assert Request(server, "GET", "/").sign(server.credentials[ACCOUNT]).send().status == 200
    assert memory_of(server) - before < 200
    for wire in wires:
        wire.close()


JSONS = {
    "depth of arrays": b"[" * 1_000_000,
    "depth of objects": b'{"a":' * 500_000,
    "depth in an item": b'{"TableName":"Table","Item":{"pk":{"S":"x"},"a":' + b'{"L":[' * 40 + b"]}" * 40 + b"}}",
    "depth beyond the parser's": b'{"TableName":"Table","Item":{"pk":{"S":"x"},"a":' + b'{"L":[' * 5_000 + b"]}" * 5_000 + b"}}",
    "an unknown member of any depth": b'{"TableName":"Table","Unknown":' + b"[" * 200 + b"]" * 200 + b',"Item":{"pk":{"S":"x"}}}',
    "an item of a megabyte": b'{"TableName":"Table","Item":{"pk":{"S":"x"},"a":{"S":"' + b"a" * 1_000_000 + b'"}}}',
    "a number of a megabyte": b'{"TableName":"Table","Item":{"pk":{"S":"x"},"a":{"N":"' + b"1" * 1_000_000 + b'"}}}',
    "an exponent": b'{"TableName":"Table","Item":{"pk":{"S":"x"},"a":{"N":"1e999999999999999999"}}}',
    "a bare number": b'{"TableName":"Table","Item":{"pk":{"S":"x"},"a":1e999999999}}',
    "a large key": b'{"TableName":"Table","Item":{"pk":{"S":"' + b"a" * 3_000 + b'"}}}',
    "a large name": b'{"TableName":"Table","Item":{"pk":{"S":"x"},"' + b"a" * 70_000 + b'":{"S":"x"}}}',
    "two million members": b'{"TableName":"Table","Item":{' + b",".join(b'"%d":{"S":""}' % n for n in range(400_000)) + b"}}",
    "no end": b'{"TableName":"Table","Item":{"pk":{"S":"x',
    "no UTF-8": b'{"TableName":"Table","Item":{"pk":{"S":"\xff\xfe"}}}',
    "nothing": b"",
    "white space": b" " * 1_000_000,
}


@pytest.mark.parametrize("kind", JSONS, ids=lambda kind: kind.replace(" ", "-"))
def test_json(server, kind):
    answer = call(server, "dynamodb", JSONS[kind], "DynamoDB_20120810.PutItem")
    assert answer.status == 400 and answer.code in ("SerializationException", "ValidationException"), answer
    assert len(answer.body) < 100_000
    assert server.client("dynamodb", ACCOUNT).scan(TableName="Table")["Count"] == 0


def test_expressions(server):
    def update(expression, values=None):
        body = {"TableName": "Table", "Key": {"pk": {"S": "x"}}, "UpdateExpression": expression,
                "ExpressionAttributeValues": values or {":v": {"N": "1"}}}
        answer = call(server, "dynamodb", json.dumps(body).encode(), "DynamoDB_20120810.UpdateItem")
        assert answer.status == 400 and answer.code == "ValidationException", answer

    update("SET a = " + "(" * 2_000 + ":v" + ")" * 2_000)
    update("SET a = " + "(" * 100_000)
    update("SET a" + ".a" * 2_000 + " = :v")
    update("SET " + ", ".join(f"a{n} = :v" for n in range(2_000)))
    update("SET a[99999999999999999999] = :v")
    update("SET a = :v", {f":v{n}": {"N": "1"} for n in range(100_000)})


FORMS = {
    "many parameters": "Action=ListUsers&Version=2010-05-08&" + "&".join(f"p{n}=v" for n in range(1_000_000)),
    "many short parameters": "Action=ListUsers&Version=2010-05-08" + "".join(f"&{n:x}" for n in range(1_500_000)),
    "many separators": "Action=ListUsers&Version=2010-05-08&MaxItems=0" + "&" * 5_000_000,
    "many tags": "Action=CreateUser&Version=2010-05-08&UserName=u&" + "&".join(
        f"Tags.member.{n}.Key=k{n}&Tags.member.{n}.Value=v" for n in range(1, 20_000)),
    "a large member number": "Action=CreateUser&Version=2010-05-08&UserName=u&Tags.member.999999999999.Key=k",
    "a large value": "Action=CreateUser&Version=2010-05-08&UserName=" + "u" * 5_000_000,
    "a large name": "Action=CreateUser&Version=2010-05-08&" + "u" * 5_000_000 + "=x",
    "a large action": "Version=2010-05-08&Action=" + "u" * 5_000_000,
    "a large document": "Action=CreatePolicy&Version=2010-05-08&PolicyName=p&PolicyDocument=" + "%20" * 1_000_000,
    "a deep document": "Action=CreatePolicy&Version=2010-05-08&PolicyName=p&PolicyDocument=" + encoded("[" * 100_000),
    "twice": "Action=CreateUser&Version=2010-05-08&UserName=u&UserName=v",
    "twice, spelled otherwise": "Action=CreateUser&Version=2010-05-08&UserName=u&User%4eame=v",
    "no UTF-8": "Action=CreateUser&Version=2010-05-08&UserName=%ff%fe",
    "a broken escape": "Action=CreateUser&Version=2010-05-08&UserName=%4",
    "NUL": "Action=CreateUser&Version=2010-05-08&UserName=a%00b",
    "nothing": "",
}


@pytest.mark.parametrize("kind", FORMS, ids=lambda kind: kind.replace(" ", "-"))
def test_forms(server, kind):
    answer = call(server, "iam", FORMS[kind].encode())
    assert answer.status in (400, 409, 413), answer
    assert len(answer.body) < 20_000, "what is refused is not repeated at length"
    assert server.client("iam", ACCOUNT).list_users()["Users"] == []


@pytest.mark.parametrize("headers", [{"Content-Length": "5368709121"}, {"Content-Length": "9223372036854775807"}])
def test_objects(server, headers):
    request = Request(server, "PUT", "/large-bucket/key", body=b"x", headers={"X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD", **headers})
    answer = request.sign(server.credentials[ACCOUNT]).send()
    assert answer.status == 400 and answer.code == "EntityTooLarge", answer


def test_metadata(server):
    for headers in ({"X-Amz-Meta-A": "b" * 3_000}, {f"X-Amz-Meta-{n}": "b" * 20 for n in range(100)}):
        answer = Request(server, "PUT", "/large-bucket/key", body=b"x", headers=headers).sign(server.credentials[ACCOUNT]).send()
        assert answer.status == 400 and answer.code == "MetadataTooLarge", answer


def test_numbers_of_parts_and_pages(server):
    keys = server.credentials[ACCOUNT]
    for query in ("list-type=2&max-keys=99999999999999999999", "list-type=2&max-keys=-1", "uploads=&max-uploads=1e9"):
        assert Request(server, "GET", "/large-bucket", query).sign(keys).send().status == 400, query
    for number in ("0", "10001", "-1", "99999999999999999999", "1e1", ""):
        answer = Request(server, "PUT", "/large-bucket/key", f"partNumber={number}&uploadId=x", b"x").sign(keys).send()
        assert answer.status in (400, 404), answer
    policy = encoded("x" * 30_000)
    answer = Request(server, "PUT", "/large-bucket", "policy=", policy.encode()).sign(keys).send()
    assert answer.status == 400
