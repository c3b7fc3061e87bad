"""What `dray import` knows of the table: schemas of every kind, flags, settings behind the import, and what cannot be carried over."""

import json

import pytest

from command_fixtures import ITEMS, SOURCE, arn_of, has_recovery, read_json
from dray_server import run_dray
from faulty_proxy import operation
from import_fixtures import ask, exported, is_protected, items_of, new_name  # noqa: F401


@pytest.fixture
def rich(dray, server, dynamodb):
    """A table with everything that can be set, and its export."""
    name = new_name()
    dynamodb.create_table(
        TableName=name, BillingMode="PROVISIONED", ProvisionedThroughput=dict(ReadCapacityUnits=3, WriteCapacityUnits=4),
        AttributeDefinitions=[dict(AttributeName=each, AttributeType=kind)
                              for each, kind in (("pk", "S"), ("sk", "N"), ("l", "B"), ("g", "S"))],
        KeySchema=[dict(AttributeName="pk", KeyType="HASH"), dict(AttributeName="sk", KeyType="RANGE")],
        LocalSecondaryIndexes=[dict(IndexName="by-l", Projection=dict(ProjectionType="ALL"),
                                    KeySchema=[dict(AttributeName="pk", KeyType="HASH"), dict(AttributeName="l", KeyType="RANGE")])],
        GlobalSecondaryIndexes=[dict(IndexName="by-g", KeySchema=[dict(AttributeName="g", KeyType="HASH")],
                                     Projection=dict(ProjectionType="INCLUDE", NonKeyAttributes=["x"]),
                                     ProvisionedThroughput=dict(ReadCapacityUnits=1, WriteCapacityUnits=2))],
        TableClass="STANDARD_INFREQUENT_ACCESS", Tags=[dict(Key="team", Value="data"), dict(Key="b", Value="c")])
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=dict(Enabled=True, AttributeName="expires"))
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
    ask(server, "UpdateTable", TableName=name, DeletionProtectionEnabled=True)
    for i in range(10):
        dynamodb.put_item(TableName=name, Item=dict(pk=dict(S="p"), sk=dict(N=str(i)), g=dict(S=str(i % 2)), x=dict(S="x")))
    done = dray.run("export", name, f"s3://own/rich/{name}", "--no-verify")
    return name, f"s3://own/rich/{name}/", arn_of(done).rsplit("/", 1)[1]


def test_settings_are_carried_over_and_what_cannot_be_is_said_before(dray, server, dynamodb, rich):
    old, url, _ = rich
    name = new_name()
    done = dray.run("import", url, name)
    said = "dray: not carried over: the local secondary index by-l (pk, l): ImportTable cannot make one"
    assert said in done.stderr and done.stderr.index(said) < done.stderr.index("import accepted")
    assert ("applied: 2 tags, time to live on expires, point-in-time recovery, the table class STANDARD_INFREQUENT_ACCESS, "
            "deletion protection\n") in done.stdout
    before, made = (dynamodb.describe_table(TableName=each)["Table"] for each in (old, name))
    assert made["KeySchema"] == before["KeySchema"] and "LocalSecondaryIndexes" not in made
    assert made["ProvisionedThroughput"]["WriteCapacityUnits"] == 4 and is_protected(server, name)
    assert made["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    [index] = made["GlobalSecondaryIndexes"]
    assert index["Projection"] == dict(ProjectionType="INCLUDE", NonKeyAttributes=["x"])
    assert index["ProvisionedThroughput"]["WriteCapacityUnits"] == 2 and index["ItemCount"] == 10
    tags = dynamodb.list_tags_of_resource(ResourceArn=made["TableArn"])["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == dict(team="data", b="c")
    assert dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["AttributeName"] == "expires"
    assert has_recovery(dynamodb, name) and items_of(dynamodb, name) == items_of(dynamodb, old)


def test_settings_may_be_left_out(dray, server, dynamodb, proxy, rich):
    name = new_name()
    done = dray.run("import", rich[1], name, "--no-settings", endpoint=proxy.endpoint)
    assert "applied" not in done.stdout and not {"TagResource", "UpdateTable", "UpdateTimeToLive"} & set(proxy.targets())
    made = dynamodb.describe_table(TableName=name)["Table"]
    assert not is_protected(server, name) and len(made["GlobalSecondaryIndexes"]) == 1 and not has_recovery(dynamodb, name)


def test_a_setting_that_is_refused_does_not_stop_the_others(dray, server, proxy, rich):
    proxy.faults = [lambda request: ("status", 400) if operation("UpdateTimeToLive")(request) else None]
    name = new_name()
    done = dray.run("import", rich[1], name, endpoint=proxy.endpoint, code=4)
    assert "the items are there, but not time to live on expires: UpdateTimeToLive: HTTP 400" in done.stderr
    assert "applied: 2 tags, point-in-time recovery, " in done.stdout and is_protected(server, name)


def test_a_setting_waits_until_the_table_has_settled(dray, proxy, rich):
    """AWS refuses recovery for a moment behind an import."""
    refusals = [b'{"__type":"x#ContinuousBackupsUnavailableException","message":"not yet"}']

    def unavailable(request):
        if operation("UpdateContinuousBackups")(request) and refusals:
            return ("refuse", refusals.pop())
        return None

    proxy.faults = [unavailable]
    done = dray.run("import", rich[1], new_name(), endpoint=proxy.endpoint)
    assert "point-in-time recovery" in done.stdout and proxy.targets().count("UpdateContinuousBackups") == 2


def test_settings_of_a_failed_import_are_not_applied(dray, dynamodb, proxy, rich):
    old, url, _ = rich
    name = new_name()
    done = dray.run("import", url, name, "--hash-key", "pk:N", "--range-key", "sk:N", "--gsi", json.dumps(dict(
        IndexName="by-sk", KeySchema=[dict(AttributeName="sk", KeyType="HASH")], Projection=dict(ProjectionType="ALL"))),
        endpoint=proxy.endpoint, code=1)
    assert "failed: ItemValidationError" in done.stderr and "not applied, because the import failed: 2 tags, time to live" in done.stderr
    assert "imported: 0 items of 10 records, 10 errors" in done.stdout and "TagResource" not in proxy.targets()


# ---- schemas


def test_a_schema_may_be_named(dray, dynamodb, buckets, exported, tmp_path):
    s3 = f"s3://own/{exported.prefix}DraySchema/{exported.id}.json"
    file = tmp_path / "schema.json"
    file.write_text(json.dumps(read_json(buckets[SOURCE], "own", s3.removeprefix("s3://own/"))))
    data = f"{exported.url}AWSDynamoDB/{exported.id}/data/"
    for schema in (s3, file):
        name = new_name()
        done = dray.run("import", data, name, "--format", "dynamodb-json", "--compression", "gzip", "--schema", schema)
        assert "applied: 1 tag" in done.stdout and len(items_of(dynamodb, name)) == ITEMS
        assert len(dynamodb.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"]) == 1


def test_the_output_of_describe_table_is_a_schema(dray, server, dynamodb, rich, tmp_path):
    file = tmp_path / "described.json"
    file.write_text(server.aws(SOURCE, "dynamodb", "describe-table", "--table-name", rich[0], "--output", "json").stdout)
    name = new_name()
    done = dray.run("import", rich[1], name, "--schema", file)
    assert "not carried over: time to live, tags and point-in-time recovery: DescribeTable does not tell them" in done.stderr
    assert "applied: the table class STANDARD_INFREQUENT_ACCESS\n" in done.stdout  # this CLI does not know of deletion protection
    made = dynamodb.describe_table(TableName=name)["Table"]
    assert made["ProvisionedThroughput"]["ReadCapacityUnits"] == 3 and len(made["GlobalSecondaryIndexes"]) == 1


def test_a_request_of_create_table_is_a_schema(dray, dynamodb, exported, tmp_path):
    file = tmp_path / "create.json"
    file.write_text(json.dumps(dict(TableName="x", BillingMode="PAY_PER_REQUEST", Tags=[dict(Key="k", Value="v")],
                                    KeySchema=[dict(AttributeName="pk", KeyType="HASH")],
                                    AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")])))
    done = dray.run("import", exported.url, new_name(), "--schema", file)
    assert "applied: 1 tag" in done.stdout and f"imported: {ITEMS} items" in done.stdout


def test_flags_win_over_the_schema(dray, dynamodb, rich):
    name = new_name()
    index = dict(IndexName="by-x", KeySchema=[dict(AttributeName="x", KeyType="HASH")])
    dray.run("import", rich[1], name, "--gsi", json.dumps(index), "--attribute", "x:S", "--billing-mode", "on-demand", "--no-settings")
    made = dynamodb.describe_table(TableName=name)["Table"]
    assert made["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    [index] = made["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "by-x" and index["Projection"] == dict(ProjectionType="ALL") and index["ItemCount"] == 10


@pytest.mark.parametrize("text, said", [("{", "it is not JSON"), ("{}", "it has no KeySchema"), (None, "schema.json"),
                                        ('{"SchemaVersion": 9}', "later version of dray")])
def test_what_is_no_schema(dray, proxy, exported, tmp_path, text, said):
    file = tmp_path / "schema.json"
    if text is not None:
        file.write_text(text)
    done = dray.run("import", exported.url, new_name(), "--schema", file, endpoint=proxy.endpoint, code=1)
    assert said in done.stderr and str(file) in done.stderr and "ImportTable" not in proxy.targets()


def test_help_names_every_flag_and_exit_code():
    text = run_dray("import", "--help").stdout
    for flag in ("--schema", "--staging", "--dry-run", "--no-verify", "--cancel-on-interrupt", "--csv-header", "--gsi", "Exit codes: 0"):
        assert flag in text

