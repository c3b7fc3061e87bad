"""What changes of a table while it is used: indexes that come and go, throughput, billing, tags, expiry, restarts in between."""

import threading
import time

import pytest

from dray_server import DrayServer
from dynamodb_fixtures import OWNER, definition, dynamodb, make_table, refused, server, table_arn  # noqa: F401
from raw_dynamodb import raw

BY_GROUP = dict(IndexName="by-group", KeySchema=[dict(AttributeName="group", KeyType="HASH"),
                                                 dict(AttributeName="rank", KeyType="RANGE")],
                Projection=dict(ProjectionType="INCLUDE", NonKeyAttributes=["text"]))
GROUP_TYPES = [dict(AttributeName="group", AttributeType="S"), dict(AttributeName="rank", AttributeType="N")]


def index_of(dynamodb, table, name="by-group"):
    """The index's description, or None."""
    indexes = dynamodb.describe_table(TableName=table)["Table"].get("GlobalSecondaryIndexes", [])
    return next((index for index in indexes if index["IndexName"] == name), None)


def wait_for_index(dynamodb, table, status, timeout=60):
    """Asks until the index has this status; None: until it is gone."""
    until = time.monotonic() + timeout
    while True:
        index = index_of(dynamodb, table)
        if (index and index["IndexStatus"]) == status:
            return index
        assert time.monotonic() < until, index
        time.sleep(0.02)


def put_numbered(dynamodb, table, numbers):
    for number in numbers:
        dynamodb.put_item(TableName=table, Item={"pk": {"S": str(number)}, "group": {"S": f"g{number % 3}"},
                                                 "rank": {"N": str(number)}, "text": {"S": "t"}, "more": {"S": "m"}})


def ranks(dynamodb, table, group):
    found = dynamodb.query(TableName=table, IndexName="by-group", KeyConditionExpression="#g = :g",
                           ExpressionAttributeNames={"#g": "group"}, ExpressionAttributeValues={":g": {"S": group}})
    assert all(set(item) == {"pk", "group", "rank", "text"} for item in found["Items"])
    return [int(item["rank"]["N"]) for item in found["Items"]]


def test_an_index_is_built_while_writes_go_on_and_goes_away(dynamodb):
    table = make_table(dynamodb)
    put_numbered(dynamodb, table, range(30))
    writer = threading.Thread(target=put_numbered, args=(dynamodb, table, range(30, 60)))
    writer.start()
    updated = dynamodb.update_table(TableName=table, AttributeDefinitions=GROUP_TYPES,
                                    GlobalSecondaryIndexUpdates=[dict(Create=BY_GROUP)])["TableDescription"]
    assert updated["TableStatus"] == "UPDATING"
    assert updated["GlobalSecondaryIndexes"][0]["IndexStatus"] == "CREATING"
    index = wait_for_index(dynamodb, table, "ACTIVE")
    writer.join()
    assert index["IndexArn"] == table_arn(table) + "/index/by-group" and "Backfilling" not in index
    assert ranks(dynamodb, table, "g1") == list(range(1, 60, 3))
    assert index_of(dynamodb, table)["ItemCount"] == 60
    refused(dynamodb.update_table, "ValidationException", "Attempting to create an index which already exists", TableName=table,
            AttributeDefinitions=GROUP_TYPES, GlobalSecondaryIndexUpdates=[dict(Create=BY_GROUP)])
    dynamodb.update_table(TableName=table, GlobalSecondaryIndexUpdates=[dict(Delete=dict(IndexName="by-group"))])
    wait_for_index(dynamodb, table, None)
    refused(dynamodb.query, "ValidationException", "The table does not have the specified index: by-group", TableName=table,
            IndexName="by-group", KeyConditionExpression="#g = :g", ExpressionAttributeNames={"#g": "group"},
            ExpressionAttributeValues={":g": {"S": "g1"}})
    # What the index forbade is allowed again.
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "x"}, "group": {"N": "1"}})


def test_a_killed_server_goes_on_building(tmp_path):
    server = DrayServer(tmp_path).start()
    server.create_account(OWNER)
    dynamodb = server.client("dynamodb", OWNER)
    table = make_table(dynamodb)
    for start in range(0, 3000, 25):
        dynamodb.batch_write_item(RequestItems={table: [
            dict(PutRequest=dict(Item={"pk": {"S": str(number)}, "group": {"S": "g"}, "rank": {"N": str(number)},
                                       "text": {"S": "t"}})) for number in range(start, start + 25)]})
    dynamodb.update_table(TableName=table, AttributeDefinitions=GROUP_TYPES,
                          GlobalSecondaryIndexUpdates=[dict(Create=BY_GROUP)])
    server.kill()
    server.start()
    dynamodb = server.client("dynamodb", OWNER)
    wait_for_index(dynamodb, table, "ACTIVE")
    assert index_of(dynamodb, table)["ItemCount"] == 3000
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table, IndexName="by-group", KeyConditionExpression="#g = :g", ExpressionAttributeNames={"#g": "group"},
        ExpressionAttributeValues={":g": {"S": "g"}})
    assert [int(item["rank"]["N"]) for page in pages for item in page["Items"]] == list(range(3000))
    assert server.stop() == 0


def test_indexes_of_a_new_table_are_active_at_once(server, dynamodb):
    wanted = {**definition(pk="S", sk="S"), "TableName": "with-indexes"}
    wanted["AttributeDefinitions"] = wanted["AttributeDefinitions"] + GROUP_TYPES
    wanted["LocalSecondaryIndexes"] = [dict(IndexName="local", KeySchema=[dict(AttributeName="pk", KeyType="HASH"),
                                                                          dict(AttributeName="rank", KeyType="RANGE")],
                                            Projection=dict(ProjectionType="KEYS_ONLY"))]
    # Several attributes of each kind: more than Debian's boto3 would send.
    wanted["GlobalSecondaryIndexes"] = [dict(IndexName="wide", Projection=dict(ProjectionType="ALL"), KeySchema=[
        dict(AttributeName="group", KeyType="HASH"), dict(AttributeName="sk", KeyType="HASH"),
        dict(AttributeName="rank", KeyType="RANGE"), dict(AttributeName="pk", KeyType="RANGE")])]
    status, _ = raw(server, "CreateTable", wanted)
    assert status == 200
    table = raw(server, "DescribeTable", dict(TableName="with-indexes"))[1]["Table"]
    wide = table["GlobalSecondaryIndexes"][0]
    assert wide["IndexStatus"] == "ACTIVE" and wide["KeySchema"] == wanted["GlobalSecondaryIndexes"][0]["KeySchema"]
    assert wide["WarmThroughput"] == dict(ReadUnitsPerSecond=12000, WriteUnitsPerSecond=4000, Status="ACTIVE")
    assert table["LocalSecondaryIndexes"][0]["Projection"] == dict(ProjectionType="KEYS_ONLY")
    assert [each["AttributeName"] for each in table["AttributeDefinitions"]] == ["group", "pk", "rank", "sk"]


def test_billing_and_throughput_change(dynamodb):
    table = make_table(dynamodb)
    units = dict(ReadCapacityUnits=3, WriteCapacityUnits=4)
    refused(dynamodb.update_table, "ValidationException", TableName=table, ProvisionedThroughput=units)
    dynamodb.update_table(TableName=table, BillingMode="PROVISIONED", ProvisionedThroughput=units)
    described = dynamodb.describe_table(TableName=table)["Table"]
    assert described["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert described["ProvisionedThroughput"]["WriteCapacityUnits"] == 4
    message = refused(dynamodb.update_table, "ValidationException", TableName=table, ProvisionedThroughput=units)
    assert message.startswith("The provisioned throughput for the table will not change.")
    dynamodb.update_table(TableName=table, ProvisionedThroughput=dict(units, ReadCapacityUnits=1))
    throughput = dynamodb.describe_table(TableName=table)["Table"]["ProvisionedThroughput"]
    assert throughput["NumberOfDecreasesToday"] == 1 and throughput["LastDecreaseDateTime"] > throughput["LastIncreaseDateTime"]


def test_protection_is_turned_off(server, dynamodb):
    # Debian's boto3 does not know the member yet.
    raw(server, "CreateTable", dict(TableName="protected", **definition(pk="S"), DeletionProtectionEnabled=True))
    refused(dynamodb.delete_table, "ValidationException", TableName="protected")
    assert raw(server, "UpdateTable", dict(TableName="protected", DeletionProtectionEnabled=False))[0] == 200
    dynamodb.delete_table(TableName="protected")


def test_tags(dynamodb):
    dynamodb.create_table(TableName="tagged", **definition(pk="S"), Tags=[dict(Key="team", Value="a")])
    arn = table_arn("tagged")
    dynamodb.tag_resource(ResourceArn=arn, Tags=[dict(Key="team", Value="b"), dict(Key="ключ", Value="")])
    assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [dict(Key="team", Value="b"), dict(Key="ключ", Value="")]
    dynamodb.untag_resource(ResourceArn=arn, TagKeys=["team", "never there"])
    assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [dict(Key="ключ", Value="")]
    refused(dynamodb.tag_resource, "ValidationException", "The Tag Value provided is invalid, Value: 100%", ResourceArn=arn,
            Tags=[dict(Key="k", Value="100%")])
    foreign = table_arn("tagged", "000000000000")
    refused(dynamodb.list_tags_of_resource, "AccessDeniedException",
            f"User: arn:aws:iam::{OWNER}:root is not authorized to perform: dynamodb:ListTagsOfResource on resource: {foreign} because no "
            "resource-based policy allows the dynamodb:ListTagsOfResource action", ResourceArn=foreign)


def test_items_expire(dynamodb):
    table = make_table(dynamodb)
    now = int(time.time())
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "before"}, "until": {"N": str(now - 10)}})
    dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=dict(Enabled=True, AttributeName="until"))
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "after"}, "until": {"N": str(now - 5)}})
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "later"}, "until": {"N": str(now + 3600)}})
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "text"}, "until": {"S": str(now - 5)}})
    until = time.monotonic() + 60
    while dynamodb.describe_table(TableName=table)["Table"]["ItemCount"] > 2:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert sorted(item["pk"]["S"] for item in dynamodb.scan(TableName=table)["Items"]) == ["later", "text"]
    described = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert described == dict(TimeToLiveStatus="ENABLED", AttributeName="until")
    refused(dynamodb.update_time_to_live, "ValidationException", "TimeToLive is already enabled", TableName=table,
            TimeToLiveSpecification=dict(Enabled=True, AttributeName="until"))


@pytest.mark.parametrize("updates, code, message", [
    ([], "ValidationException", None),
    ([dict(Delete=dict(IndexName="none"))], "ResourceNotFoundException", None),
    ([dict(Delete=dict(IndexName="one")), dict(Delete=dict(IndexName="two"))], "LimitExceededException",
     "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"),
    ([dict(Create=BY_GROUP)], "ValidationException",
     "One or more parameter values were invalid: AttributeDefinitions is not specified for index: by-group"),
])
def test_wrong_updates_are_refused(dynamodb, updates, code, message):
    refused(dynamodb.update_table, code, message, TableName=make_table(dynamodb), GlobalSecondaryIndexUpdates=updates)
