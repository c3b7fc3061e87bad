"""`dray import` with what only Dray has: into a table that is there, and transforms. What is sent, and what becomes of the answers."""

import json

import pytest

from command_fixtures import SOURCE
from faulty_proxy import operation
from import_fixtures import KEY, exported, items_of, new_name  # noqa: F401

PLAIN = ("s3://own/own-operations/", "--format", "dynamodb-json", "--no-verify")
KEY_TEXT = "0123456789abcdef-secret"


@pytest.fixture
def sent(dray, proxy):
    """Sends a command whose import is refused: (operation with its prefix, body)."""
    def send(*arguments):
        proxy.reset()
        proxy.faults = [lambda request: ("refuse", b'{"__type":"x#UnknownOperationException"}')
                        if operation("ImportTable")(request) or operation("ImportIntoTable")(request) else None]
        done = dray.run("import", *arguments, endpoint=proxy.endpoint, code=1)
        assert "it needs a Dray server of this version or a later one" in done.stderr
        return proxy.requests[-1][2]["X-Amz-Target"], json.loads(proxy.requests[-1][3])
    return send


def test_into_a_table_that_is_there(sent, table):
    target, body = sent(*PLAIN, table, "--into-existing", "--client-token", "t")
    assert target == "Dray_20261122.ImportIntoTable"
    source = dict(S3BucketSource=dict(S3Bucket="own", S3KeyPrefix="own-operations/"), InputFormat="DYNAMODB_JSON")
    assert body == dict(source, ClientToken="t", TableName=table, Mode="INSERT")
    target, body = sent(*PLAIN, table, "--into-existing", "--mode", "merge", "--dry-run", "--client-token", "t")
    assert body == dict(source, ClientToken="t", TableName=table, Mode="MERGE", DryRun=True)


def test_an_export_goes_into_a_table_that_is_there_verified(sent, exported, table):
    target, body = sent(exported.url, table, "--into-existing", "--mode", "replace")
    assert target == "Dray_20261122.ImportIntoTable" and body["Mode"] == "REPLACE"
    assert body["S3BucketSource"]["S3KeyPrefix"] == exported.root + "data/" and body["InputCompressionType"] == "GZIP"


def test_a_table_that_is_not_there_is_said(dray, proxy):
    done = dray.run("import", *PLAIN, new_name(), "--into-existing", endpoint=proxy.endpoint, code=1)
    assert "DescribeTable: ResourceNotFoundException" in done.stderr and "ImportIntoTable" not in proxy.targets()


def test_counters_of_an_import_into_a_table(dray, proxy, table):
    arn = f"arn:aws:dynamodb:us-east-1:{SOURCE}:table/{table}/import/01795457874076-6a59c709"
    job = dict(ImportArn=arn, ImportStatus="COMPLETED", ProcessedItemCount=10, ImportedItemCount=8, ErrorCount=0, InsertedItemCount=5,
               UpdatedItemCount=2, UnchangedItemCount=1, SkippedItemCount=2, FilteredItemCount=3)
    answer = json.dumps(dict(ImportTableDescription=job)).encode()
    proxy.faults = [lambda request: ("answer", answer)
                    if operation("ImportIntoTable")(request) or operation("DescribeImport")(request) else None]
    done = dray.run("import", *PLAIN, table, "--into-existing", endpoint=proxy.endpoint)
    assert (f"imported: 8 items of 10 records, 0 errors, into {table}\n3 filtered out\n"
            "5 inserted, 2 updated, 1 unchanged, 2 skipped\n") in done.stdout
    done = dray.run("import", *PLAIN, table, "--into-existing", "--dry-run", endpoint=proxy.endpoint)
    assert "would be imported: 8 items of 10 records" in done.stdout


def test_transforms_are_sent_in_their_order_and_never_to_aws_operation(dray, sent, tmp_path):
    key = tmp_path / "key"
    key.write_text(KEY_TEXT + "\n")
    flags = ("--mask", "email", "--drop", "a,b", "--rename", "c=d", "--filter", "#s = :one", "--filter-names", '{"#s":"state"}',
             "--filter-values", '{":one":{"N":"1"}}', "--mask", "name=nobody", "--mask-key-file", key)
    target, body = sent(*PLAIN, new_name(), *KEY, *flags)
    assert target == "Dray_20261122.ImportTable"
    assert body["Transforms"] == [
        dict(Mask=dict(Attribute="email", Method="HASH", Key=KEY_TEXT)), dict(Drop=["a", "b"]), dict(Rename=dict(From="c", To="d")),
        dict(Filter=dict(Expression="#s = :one", ExpressionAttributeNames={"#s": "state"},
                         ExpressionAttributeValues={":one": dict(N="1")})),
        dict(Mask=dict(Attribute="name", Method="TEXT", Text="nobody"))]
    shown = dray.run("import", *PLAIN, new_name(), *KEY, *flags, "--dry-run")
    assert KEY_TEXT not in shown.stdout + shown.stderr and f"(the key in {key})" in shown.stdout


OLD = [{"pk": {"S": "kept"}, "v": {"S": "table"}}, {"pk": {"S": "both"}, "v": {"S": "table"}, "only": {"S": "table"}}]
NEW = [{"pk": {"S": pk}, "v": {"S": "record"}, "secret": {"S": "x"}} for pk in ("both", "fresh")]


@pytest.fixture
def filled(dray, dynamodb, buckets):
    """A table with the items of OLD, and a place with the records of NEW."""
    name = new_name()
    dynamodb.create_table(TableName=name, AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")],
                          KeySchema=[dict(AttributeName="pk", KeyType="HASH")], BillingMode="PAY_PER_REQUEST")
    for item in OLD:
        dynamodb.put_item(TableName=name, Item=item)
    put_records(buckets, name, NEW)
    return name, (f"s3://own/into/{name}/", name, "--into-existing", "--format", "dynamodb-json", "--drop", "secret")


def put_records(buckets, name, records):
    body = "".join(json.dumps(dict(Item=item)) + "\n" for item in records).encode()
    buckets[SOURCE].put_object(Bucket="own", Key=f"into/{name}/0.json", Body=body)


@pytest.mark.parametrize("mode, counted, both", [
    ("insert", "1 inserted, 0 updated, 0 unchanged, 1 skipped", OLD[1]),
    ("replace", "1 inserted, 1 updated, 0 unchanged, 0 skipped", {"pk": {"S": "both"}, "v": {"S": "record"}}),
    ("merge", "1 inserted, 1 updated, 0 unchanged, 0 skipped", {**OLD[1], "v": {"S": "record"}})])
def test_each_mode_with_a_transform(dray, dynamodb, filled, mode, counted, both):
    table, arguments = filled
    dry = dray.run("import", *arguments, "--mode", mode, "--dry-run")
    assert "would be imported: " in dry.stdout and counted in dry.stdout
    assert items_of(dynamodb, table) == sorted_items(OLD)
    done = dray.run("import", *arguments, "--mode", mode)
    assert "of 2 records, 0 errors" in done.stdout and counted in done.stdout
    assert items_of(dynamodb, table) == sorted_items([OLD[0], both, {"pk": {"S": "fresh"}, "v": {"S": "record"}}])


def test_the_first_records_that_are_no_items_are_shown(dray, dynamodb, buckets, filled):
    table, arguments = filled
    put_records(buckets, table, [NEW[1], {"v": {"S": "keyless"}}, {"pk": {"N": "1"}}])
    done = dray.run("import", *arguments, "--json", code=1)
    told = json.loads(done.stdout)
    assert "ItemValidationError" in done.stderr and len(told["FirstErrors"]) == 2
    for number, line in enumerate(told["FirstErrors"], 1):
        assert f"into/{table}/0.json, record {number}, byte " in line and line in done.stderr
    assert "Missing the key pk in the item" in told["FirstErrors"][0]
    assert {item["pk"]["S"] for item in items_of(dynamodb, table)} == {"kept", "both", "fresh"}


def sorted_items(items):
    return sorted(items, key=lambda item: sorted(str(pair) for pair in item.items()))
