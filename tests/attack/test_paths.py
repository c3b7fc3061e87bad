"""Names are names: whatever an object, a prefix, a table or a user is called, nothing outside of the data folder is touched, nothing of
another bucket is reached, and two keys are never one object."""

import json
import os
from urllib.parse import unquote_plus, unquote_to_bytes

import pytest

from wire import ACCOUNT, OTHER, Request, encoded

BUCKET = "paths-bucket"
KEYS = ["..", ".", "../x", "../../../../tmp/escaped", "/", "//", "/etc/passwd", "a/../b", "a/./b", "a//b", "a/b", "a/b/", "./a", "a/..",
        "...", "~", "-rf",
        "a\\..\\b", "C:\\x", "a%2e%2e", "%2e%2e/x", "%", "%00", "a\x01b", "a\nb", "a\rb", "a\tb", " a", "a ", "A/B", "é", "e\u0301",
        "\u202etxt",
        "\U0001f4a5", "\ufeff", "a" * 1024, "a" * 1023, "a" * 1022 + "/", "../" * 341, "CON", "NUL", "a?b", "a#b", "a&b=c", "a+b", "a b",
        "a;b",
        "a|b", "$(x)", "`x`", "${jndi:ldap://x}", "{}", "[]", "*", "'", '"', "<x>", "manifest.json/..", "objects/kv", ".uploads", "LOCK"]


@pytest.fixture(scope="module", autouse=True)
def buckets(server):
    server.client("s3", ACCOUNT).create_bucket(Bucket=BUCKET)
    server.client("s3", OTHER).create_bucket(Bucket="paths-bucket-of-others")
    server.client("s3", OTHER).put_object(Bucket="paths-bucket-of-others", Key="secret", Body=b"secret")


def files_around(server):
    """What stands beside the data folder: nothing may come or go."""
    beside = server.data.parent
    return sorted(name for name in os.listdir(beside) if name != "data"), sorted(os.listdir(server.data)), sorted(os.listdir("/tmp/.."))


def request(server, method, path, query="", body=b"", service="s3", headers=()):
    """Signed as the server reads the path: one level of escapes decoded, nothing normalised."""
    made = Request(server, method, encoded(unquote_to_bytes(path), "/"), query, body, headers, service).sign(server.credentials[ACCOUNT])
    made.path = path
    return made.send()


def test_each_key_is_an_object_of_its_own(server):
    before = files_around(server)
    for number, key in enumerate(KEYS):
        answer = request(server, "PUT", f"/{BUCKET}/{encoded(key, '/')}", body=b"%d" % number)
        assert answer.status == 200, (key, answer)
    for number, key in enumerate(KEYS):
        assert request(server, "GET", f"/{BUCKET}/{encoded(key, '/')}").body == b"%d" % number, key
        assert request(server, "GET", f"/{BUCKET}/{encoded(key)}").body == b"%d" % number, key  # %2F is a slash
    listed, token = set(), {}
    while True:
        page = server.client("s3", ACCOUNT).list_objects_v2(Bucket=BUCKET, MaxKeys=7, EncodingType="url", **token)
        listed |= {found["Key"] for found in page["Contents"]}
        if not page["IsTruncated"]:
            break
        token = {"ContinuationToken": page["NextContinuationToken"]}
    assert {unquote_plus(key) for key in listed} == set(KEYS)
    for number, key in enumerate(KEYS):
        assert request(server, "DELETE", f"/{BUCKET}/{encoded(key, '/')}").status == 204
        assert request(server, "GET", f"/{BUCKET}/{encoded(key, '/')}").code == "NoSuchKey"
    assert request(server, "GET", f"/{BUCKET}", "list-type=2").text.count("<Contents>") == 0
    assert files_around(server) == before


@pytest.mark.parametrize("path", ["/{b}/../paths-bucket-of-others/secret", "/{b}/%2e%2e/paths-bucket-of-others/secret",
                                  "/{b}/..%2fpaths-bucket-of-others%2fsecret", "/./paths-bucket-of-others/../{b}/x",
                                  "/{b}%2f..%2fpaths-bucket-of-others/secret",
                                  "/{b}/..%5cpaths-bucket-of-others%5csecret", "/{b}/%252e%252e/x", "/../{b}/x",
                                  "/{b}/../../../../etc/passwd"])
def test_no_path_leads_into_another_bucket_or_out(server, path):
    answer = request(server, "GET", path.format(b=BUCKET))
    assert answer.status in (400, 403, 404) and answer.code in ("NoSuchKey", "NoSuchBucket", "InvalidBucketName", "InvalidURI",
                                                                "AccessDenied"), answer
    assert b"secret" != answer.body and b"root:" not in answer.body


@pytest.mark.parametrize("key", ["%", "%2", "%zz", "%u0041", "a%", "%c0%ae%c0%ae/x", "%ff", "%ed%a0%80", "%f8%88%80%80%80", "%80"])
def test_a_key_is_well_formed(server, key):
    """Broken escapes, overlong forms and surrogates are no names."""
    answer = request(server, "PUT", f"/{BUCKET}/{key}", body=b"x")
    assert answer.status == 400, answer
    assert "Contents" not in server.client("s3", ACCOUNT).list_objects_v2(Bucket=BUCKET)


@pytest.mark.parametrize("key", ["a" * 1025, "é" * 513, "../" * 342, "a" * 60_000])
def test_a_key_that_is_too_long_is_refused(server, key):
    answer = request(server, "PUT", f"/{BUCKET}/{encoded(key, '/')}", body=b"x")
    assert answer.status in (400, 431) and answer.code in ("KeyTooLongError", "RequestHeaderSectionTooLarge", None), answer


def test_a_nul_is_part_of_a_key_or_refused(server):
    """It never cuts one short."""
    answer = request(server, "PUT", f"/{BUCKET}/nul%00behind", body=b"x")
    assert answer.status in (200, 400)
    assert request(server, "GET", f"/{BUCKET}/nul").status == 404
    listed = request(server, "GET", f"/{BUCKET}", "encoding-type=url&list-type=2").text
    assert "<Key>nul</Key>" not in listed
    request(server, "DELETE", f"/{BUCKET}/nul%00behind")


@pytest.mark.parametrize("name", ["..", ".", "...", "a", "ab", "../x", "a/b", "UPPER-case", "under_score", "a..b", ".abc", "abc.",
                                  "-abc", "abc-", "192.168.0.1",
                                  "xn--abc", "abc-s3alias", "a" * 64, "b cket", "b%00cket", "b\ncket", "_dray", "bücket", "%2e%2e",
                                  "b:cket"])
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE", "HEAD"])
def test_bucket_names_are_checked(server, name, method):
    answer = request(server, method, "/" + encoded(name))
    assert answer.status in (400, 404), answer
    assert name not in [found["Name"] for found in server.client("s3", ACCOUNT).list_buckets()["Buckets"]]


@pytest.mark.parametrize("prefix", ["..", "../..", "/", "/etc", "a/../../b", "%2e%2e", "a\\..\\b", "//x", "."])
def test_an_exports_prefix_is_a_prefix(server, prefix):
    client = server.client("dynamodb", ACCOUNT)
    if "Exported" not in client.list_tables()["TableNames"]:
        client.create_table(TableName="Exported", BillingMode="PAY_PER_REQUEST", KeySchema=[dict(AttributeName="pk", KeyType="HASH")],
                            AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")])
        client.update_continuous_backups(TableName="Exported", PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
        client.put_item(TableName="Exported", Item={"pk": {"S": "one"}})
    before = files_around(server)
    arn = client.export_table_to_point_in_time(TableArn=f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/Exported", S3Bucket=BUCKET,
                                               S3Prefix=prefix)["ExportDescription"]["ExportArn"]
    while (found := client.describe_export(ExportArn=arn)["ExportDescription"])["ExportStatus"] == "IN_PROGRESS":
        pass
    assert found["ExportStatus"] == "COMPLETED", found
    objects = server.client("s3", ACCOUNT).list_objects_v2(Bucket=BUCKET)["Contents"]
    name = prefix if prefix.endswith("/") else prefix + "/"
    assert objects and all(entry["Key"].startswith(name + "AWSDynamoDB/") for entry in objects), objects
    # And an import reads it from there, and from nowhere else.
    data = next(entry["Key"] for entry in objects if entry["Key"].endswith(".json.gz") and "/data/" in entry["Key"])
    arn = client.import_table(
        S3BucketSource=dict(S3Bucket=BUCKET, S3KeyPrefix=data.rsplit("/", 1)[0] + "/"), InputFormat="DYNAMODB_JSON",
        InputCompressionType="GZIP",
        TableCreationParameters=dict(TableName="Back", BillingMode="PAY_PER_REQUEST", KeySchema=[dict(AttributeName="pk", KeyType="HASH")],
                                     AttributeDefinitions=[dict(AttributeName="pk",
                                                                AttributeType="S")]))["ImportTableDescription"]["ImportArn"]
    while (found := client.describe_import(ImportArn=arn)["ImportTableDescription"])["ImportStatus"] == "IN_PROGRESS":
        pass
    assert found["ImportStatus"] == "COMPLETED" and found["ImportedItemCount"] == 1, found
    client.delete_table(TableName="Back")
    for entry in objects:
        server.client("s3", ACCOUNT).delete_object(Bucket=BUCKET, Key=entry["Key"])
    assert files_around(server) == before


@pytest.mark.parametrize("name", ["../x", "..", "a/b", "a\x00b", "a\nb", "a b", "%2e%2e", "a" * 256, "x\\..\\y"])
def test_names_of_tables_and_users_hold_no_paths(server, name):
    body = json.dumps({"TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                       "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}).encode()
    made = Request(server, "POST", body=body, service="dynamodb", headers={"X-Amz-Target": "DynamoDB_20120810.CreateTable"})
    answer = made.sign(server.credentials[ACCOUNT]).send()
    assert answer.status == 400 if name != ".." else answer.status in (200, 400), answer
    body = f"Action=CreateUser&Version=2010-05-08&UserName={encoded(name)}".encode()
    made = Request(server, "POST", body=body, service="iam", headers={"Content-Type": "application/x-www-form-urlencoded"})
    answer = made.sign(server.credentials[ACCOUNT]).send()
    assert answer.status == (200 if name == ".." else 400), answer
