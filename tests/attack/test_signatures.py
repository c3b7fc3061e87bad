"""A signature holds everything that a request means: whatever is changed after signing is refused, and the change does nothing.
Presigned addresses: test_presigned.py. Chunks of a body: test_chunk_signatures.py. Tokens: test_temporary_credentials.py."""

import time

import pytest

from wire import ACCOUNT, OTHER, Request, amz_date, sha256

MISMATCH = {"SignatureDoesNotMatch", "InvalidSignatureException"}
ITEM = b'{"TableName":"Table","Item":{"pk":{"S":"signed"}}}'


@pytest.fixture(scope="module", autouse=True)
def stored(server):
    s3 = server.client("s3", ACCOUNT)
    s3.create_bucket(Bucket="the-bucket")
    s3.put_object(Bucket="the-bucket", Key="a+b/one", Body=b"plus")
    s3.put_object(Bucket="the-bucket", Key="a b/one", Body=b"space")
    server.client("dynamodb", ACCOUNT).create_table(
        TableName="Table", BillingMode="PAY_PER_REQUEST", KeySchema=[dict(AttributeName="pk", KeyType="HASH")],
        AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")])


def put_object(server, **more):
    return Request(server, "PUT", "/the-bucket/key", body=b"content", headers={
        "Content-Type": "text/plain", "X-Amz-Meta-Colour": "blue", "X-Amz-Storage-Class": "STANDARD"}, **more)


def put_item(server, **more):
    return Request(server, "POST", body=ITEM, service="dynamodb", headers={
        "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.PutItem"}, **more)


def get_user(server, **more):
    return Request(server, "POST", body=b"Action=ListUsers&Version=2010-05-08&MaxItems=5", service="iam", headers={
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, **more)


def get_identity(server, **more):
    return Request(server, "POST", body=b"Action=GetCallerIdentity&Version=2011-06-15", service="sts", headers={
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, **more)


KINDS = [put_object, put_item, get_user, get_identity]
KIND_NAMES = ["s3", "dynamodb", "iam", "sts"]
every_api = pytest.mark.parametrize("make", KINDS, ids=KIND_NAMES)


@pytest.fixture
def keys(server):
    return server.credentials[ACCOUNT]


def refused(answer, codes=None, status=(400, 403)):
    assert answer.status in status, answer
    assert codes is None or answer.code in codes, answer


@every_api
def test_what_was_signed_is_taken(server, keys, make):
    answer = make(server).sign(keys).send()
    assert answer.status == 200, answer


@every_api
def test_each_signed_header_counts(server, keys, make):
    names = [name for name, _ in make(server).headers]
    for name in names:
        changed = make(server).sign(keys)
        changed.set(name, changed.get(name)[:-1] + ("0" if changed.get(name)[-1] != "0" else "1"))
        refused(changed.send())
        removed = make(server).sign(keys).drop(name)
        refused(removed.send())
        doubled = make(server).sign(keys)
        doubled.add(name, doubled.get(name))
        refused(doubled.send())
        second = make(server).sign(keys).add(name.upper(), "other")
        refused(second.send())


@every_api
@pytest.mark.parametrize("header", ["X-Amz-Meta-Added", "x-amz-acl", "X-Amz-Security-Token", "X-Amz-Copy-Source", "x-AMZ-target",
                                    "X-Amz-Expected-Bucket-Owner", "X-Amz-Server-Side-Encryption", "X-Amz-Content-Sha256"])
def test_what_is_added_unsigned_is_refused(server, keys, make, header):
    request = make(server).sign(keys)
    if request.get(header):
        pytest.skip("part of the request")
    refused(request.add(header, "added").send())


@every_api
def test_the_method_path_and_body_count(server, keys, make):
    other_method = make(server).sign(keys)
    other_method.method = {"PUT": "DELETE"}.get(other_method.method, "PUT")
    refused(other_method.send())
    for path in ("/the-bucket/key2", "/the-bucket", "/x", "/the-bucket/key/", "/the-bucket/x/../key", "/the-bucket//key"):
        other_path = make(server).sign(keys)
        other_path.path = path
        refused(other_path.send())
    for body in (b"", make(server).body[:-1] + b"X", make(server).body + b" "):
        other_body = make(server).sign(keys)
        other_body.body = body
        answer = other_body.send()
        refused(answer)
    assert server.client("s3", ACCOUNT).get_object(Bucket="the-bucket", Key="key")["Body"].read() == b"content"
    assert server.client("s3", ACCOUNT).list_objects_v2(Bucket="the-bucket")["KeyCount"] == 3


@every_api
@pytest.mark.parametrize("query", ["X-Amz-Date=20200101T000000Z", "acl", "tagging=", "uploadId=x&partNumber=1", "Action=DeleteUser"])
def test_a_query_cannot_be_added(server, keys, make, query):
    request = make(server).sign(keys)
    request.query = query
    refused(request.send())


def test_each_part_of_a_query_counts(server, keys):
    def listing(query, sent=None):
        request = Request(server, "GET", "/the-bucket", query).sign(keys)
        request.query = sent or query
        return request.send()

    assert listing("list-type=2&prefix=a%2Bb").text.count("<Contents>") == 1
    for sent in ("list-type=2&prefix=a%2Bc", "list-type=2", "list-type=2&prefix=a%2Bb&prefix=a%20b", "list-type=2&prefix=a%20b",
                 "list-type=2&prefix=a+b", "list-type=2&Prefix=a%2Bb", "prefix=a%2Bb", "list-type=2&prefix=a%252Bb"):
        refused(listing("list-type=2&prefix=a%2Bb", sent), MISMATCH)
    # Other spellings of the same request are the same request.
    for sent in ("prefix=a%2Bb&list-type=2", "list-type=2&prefix=%61%2bb"):
        answer = listing("list-type=2&prefix=a%2Bb", sent)
        assert answer.status == 200 and "<Prefix>a+b</Prefix>" in answer.text


def test_a_plus_of_a_form_in_a_query_is_one_thing_only(server, keys):
    """IAM by GET: what is decoded as a space was signed as a space."""
    request = Request(server, "GET", "/", "Action=ListUsers&Version=2010-05-08&PathPrefix=%2Fa%2Bb%2F", service="iam").sign(keys)
    assert request.send().status == 200
    request.query = request.query.replace("%2B", "+")
    refused(request.send(), MISMATCH)


@every_api
@pytest.mark.parametrize("change", [("Credential=", "credential="), ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
                                    ("aws4_request", "aws5_request"), ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256-PAYLOAD"),
                                    ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
                                    ("SignedHeaders=host;", "SignedHeaders="), ("SignedHeaders=", "SignedHeaders=;"),
                                    ("Signature=", "Signature=0"), ("Signature=", "signature="), ("us-east-1", "us-west-2"),
                                    ("us-east-1", "US-EAST-1"), ("us-east-1", ""), ("/us-east-1/", "/")])
def test_the_authorization_header_is_exact(server, keys, make, change):
    request = make(server).sign(keys)
    text = request.get("Authorization")
    if change[0] == "SignedHeaders=host;":
        text = text.replace(";host", "").replace("host;", "")
    refused(request.set("Authorization", text.replace(*change, 1)).send())


@every_api
def test_a_signature_is_whole(server, keys, make):
    for cut in (lambda s: "", lambda s: s[:-1], lambda s: s + "0", lambda s: s.upper(), lambda s: "0" * 64, lambda s: s[:32] + "g" * 32):
        request = make(server).sign(keys)
        head, signature = request.get("Authorization").rsplit("=", 1)
        refused(request.set("Authorization", f"{head}={cut(signature)}").send())
    for text in ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ", "Basic dXNlcjpwYXNz", "Bearer x", "AWS AKIA:sig", " ", ","):
        refused(make(server).sign(keys).set("Authorization", text).send())


@every_api
@pytest.mark.parametrize("service", ["s3", "dynamodb", "iam", "sts", "kms", ""])
def test_a_signature_is_of_one_service(server, keys, make, service):
    request = make(server)
    if service == request.service:
        return
    request.service = service
    answer = request.sign(keys).send()
    # To which API a request goes depends on its scope, so some of these are another API's error; none succeeds.
    refused(answer, status=(400, 403, 404, 405, 411, 501))
    assert server.client("dynamodb", ACCOUNT).scan(TableName="Table")["Count"] <= 1


@every_api
def test_a_region_counts_even_when_it_is_signed(server, keys, make):
    refused(make(server, region="eu-central-1").sign(keys).send())


@every_api
@pytest.mark.parametrize("seconds", [-16 * 60, 16 * 60, -86_400, 86_400])
def test_a_time_too_far_from_now_is_refused(server, keys, make, seconds):
    refused(make(server, at=amz_date(seconds)).sign(keys).send())


@every_api
def test_another_date_than_the_signed_one_is_refused(server, keys, make):
    request = make(server).sign(keys)
    refused(request.set("X-Amz-Date", amz_date(60)).send())
    wrong_day = make(server)
    today, wrong_day.at = wrong_day.at, amz_date(-86_400)
    wrong_day.sign(keys)  # the scope of yesterday, the header of today
    assert wrong_day.get("X-Amz-Date") == today
    refused(wrong_day.send())
    with_date = make(server).set("Date", "Tue, 01 Jan 2019 00:00:00 GMT").sign(keys)
    assert with_date.send().status == 200  # X-Amz-Date is the one that counts
    refused(with_date.drop("X-Amz-Date").send())


def test_a_recorded_request_is_refused_after_fifteen_minutes(server, keys):
    """The request that was good a moment ago, byte for byte."""
    recorded = [make(server, at=amz_date(-15 * 60 + 6)).sign(keys) for make in KINDS]
    for request in recorded:
        assert request.send().status == 200
    time.sleep(8)
    for request in recorded:
        answer = request.send()
        refused(answer)
        assert answer.code in {"RequestTimeTooSkewed", "SignatureDoesNotMatch", "InvalidSignatureException"}, answer


@every_api
def test_keys_of_one_account_do_not_sign_for_another(server, make):
    mine, others = server.credentials[ACCOUNT], server.credentials[OTHER]
    refused(make(server).sign((mine[0], others[1])).send(), MISMATCH)
    request = make(server).sign(others)
    refused(request.set("Authorization", request.get("Authorization").replace(others[0], mine[0])).send(), MISMATCH)
    refused(make(server).sign(("AKIA0000000000000000", mine[1])).send())
    refused(make(server).sign((mine[0].lower(), mine[1])).send())
    refused(make(server).sign((mine[0], "")).send())


def test_a_payload_hash_is_the_bodys(server, keys):
    for claimed in (sha256(b"other"), sha256(b""), "0" * 64, "e3b0", "UNSIGNED", "unsigned-payload", "STREAMING-", " "):
        request = Request(server, "PUT", "/the-bucket/hashed", body=b"content", headers={"X-Amz-Content-Sha256": claimed})
        refused(request.sign(keys).send())
    missing = Request(server, "PUT", "/the-bucket/hashed", body=b"content").drop("X-Amz-Content-Sha256").sign(keys)
    refused(missing.send())
    assert "Contents" not in server.client("s3", ACCOUNT).list_objects_v2(Bucket="the-bucket", Prefix="hashed")
    # Of the other APIs the body itself is hashed, whatever a header says of it.
    request = put_item(server).set("X-Amz-Content-Sha256", sha256(b"other")).sign(keys)
    refused(request.send(), MISMATCH)


def test_content_md5_and_checksums_are_the_bodys(server, keys):
    for name, value in (("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="), ("X-Amz-Checksum-Crc32", "AAAAAA=="),
                        ("X-Amz-Checksum-Sha256", "A" * 43 + "="), ("Content-MD5", "x"), ("X-Amz-Checksum-Crc32", "x")):
        request = Request(server, "PUT", "/the-bucket/checked", body=b"content", headers={name: value}).sign(keys)
        refused(request.send())
    assert "Contents" not in server.client("s3", ACCOUNT).list_objects_v2(Bucket="the-bucket", Prefix="checked")


def test_two_ways_of_signing_at_once_are_refused(server, keys):
    request = Request(server, "GET", "/the-bucket").presign(keys)
    request.set("X-Amz-Date", request.at).set("X-Amz-Content-Sha256", sha256(b""))
    refused(request.sign(keys).send(), {"InvalidArgument", "InvalidRequest", "AuthorizationQueryParametersError",
                                        "AuthorizationHeaderMalformed"})
