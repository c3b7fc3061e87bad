"""Local and global indexes through Query and Scan: order, projections, paging, capacity, permissions, and writes that touch them."""

import uuid

import pytest
from botocore.exceptions import ClientError

from dynamodb_fixtures import OWNER, dynamodb, refused, server  # noqa: F401

KEYS = {"pk": "S", "sk": "S", "l": "N", "g": "S", "r": "N"}


def index(name, hash_key, range_key, projection, *included):
    keys = [dict(AttributeName=hash_key, KeyType="HASH")]
    if range_key:
        keys.append(dict(AttributeName=range_key, KeyType="RANGE"))
    chosen = dict(ProjectionType=projection, **(dict(NonKeyAttributes=list(included)) if included else {}))
    return dict(IndexName=name, KeySchema=keys, Projection=chosen)


def make_orders(dynamodb):
    name = f"orders-{uuid.uuid4().hex[:12]}"
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[dict(AttributeName=key, AttributeType=kind) for key, kind in KEYS.items()],
        KeySchema=[dict(AttributeName="pk", KeyType="HASH"), dict(AttributeName="sk", KeyType="RANGE")],
        LocalSecondaryIndexes=[index("by-l", "pk", "l", "KEYS_ONLY"), index("by-l-all", "pk", "l", "ALL")],
        GlobalSecondaryIndexes=[index("by-g", "g", "r", "INCLUDE", "note"), index("by-r", "r", None, "ALL")])
    return name


def order(number, **attributes):
    return {"pk": {"S": "p"}, "sk": {"S": f"s{number}"}, "l": {"N": str(-number)}, "g": {"S": "g"}, "r": {"N": str(number % 3)},
            "note": {"S": f"note {number}"}, "text": {"S": "x" * 2000}, **attributes}


@pytest.fixture(scope="module")
def orders(dynamodb):
    name = make_orders(dynamodb)
    for number in range(1, 10):
        dynamodb.put_item(TableName=name, Item=order(number))
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "p"}, "sk": {"S": "alone"}})
    return name


def query(dynamodb, table, index_name, condition="pk = :v", value="p", **more):
    return dynamodb.query(TableName=table, IndexName=index_name, KeyConditionExpression=condition,
                          ExpressionAttributeValues={":v": {"S": value}, **more.pop("values", {})}, **more)


def numbers(page):
    return [int(item["sk"]["S"][1:]) for item in page["Items"]]


def test_a_local_index_sorts_by_its_own_key(dynamodb, orders):
    assert numbers(query(dynamodb, orders, "by-l", ConsistentRead=True)) == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    found = query(dynamodb, orders, "by-l", "pk = :v AND l BETWEEN :a AND :b", values={":a": {"N": "-4"}, ":b": {"N": "-2.5"}})
    assert numbers(found) == [4, 3]
    assert set(found["Items"][0]) == {"pk", "sk", "l"}


def test_a_local_index_fetches_what_it_does_not_have(dynamodb, orders):
    whole = query(dynamodb, orders, "by-l", Select="ALL_ATTRIBUTES", ReturnConsumedCapacity="INDEXES")
    assert whole["Items"][0] == order(9)
    assert whole["ConsumedCapacity"]["Table"]["CapacityUnits"] == 4.5  # nine items, half a unit each
    assert whole["ConsumedCapacity"]["LocalSecondaryIndexes"] == {"by-l": {"CapacityUnits": 0.5}}
    some = query(dynamodb, orders, "by-l", ProjectionExpression="note, sk", Limit=1)
    assert some["Items"] == [{"note": {"S": "note 9"}, "sk": {"S": "s9"}}]
    stored = query(dynamodb, orders, "by-l-all", ReturnConsumedCapacity="INDEXES")
    assert stored["Items"][0] == order(9)
    assert stored["ConsumedCapacity"]["Table"]["CapacityUnits"] == 0.0


def test_a_global_index_has_what_it_projects(dynamodb, orders):
    found = query(dynamodb, orders, "by-g", "g = :v AND r = :r", "g", values={":r": {"N": "1"}})
    assert sorted(numbers(found)) == [1, 4, 7]
    assert set(found["Items"][0]) == {"pk", "sk", "g", "r", "note"}
    invalid = "One or more parameter values were invalid: "
    arguments = dict(TableName=orders, IndexName="by-g", KeyConditionExpression="g = :v", ExpressionAttributeValues={":v": {"S": "g"}})
    refused(dynamodb.query, "ValidationException", invalid + "Select type ALL_ATTRIBUTES is not supported for global secondary index "
            "by-g because its projection type is not ALL", Select="ALL_ATTRIBUTES", **arguments)
    refused(dynamodb.query, "ValidationException", invalid + "Global secondary index by-g does not project [text]",
            ProjectionExpression="#t", ExpressionAttributeNames={"#t": "text"}, **arguments)
    refused(dynamodb.query, "ValidationException", "Consistent reads are not supported on global secondary indexes",
            ConsistentRead=True, **arguments)


@pytest.mark.parametrize("index_name", ["by-l", "by-l-all", "by-g", "by-r"])
@pytest.mark.parametrize("segments", [1, 3])
def test_scans_of_an_index_find_every_entry_once(dynamodb, orders, index_name, segments):
    seen = []
    for segment in range(segments):
        start = {}
        while True:
            page = dynamodb.scan(TableName=orders, IndexName=index_name, Limit=2, Segment=segment, TotalSegments=segments, **start)
            seen += numbers(page)
            if "LastEvaluatedKey" not in page:
                break
            start = dict(ExclusiveStartKey=page["LastEvaluatedKey"])
    assert sorted(seen) == list(range(1, 10))


def test_queries_of_an_index_go_on_both_ways(dynamodb, orders):
    for forward in (True, False):
        seen, start = [], {}
        while True:
            page = query(dynamodb, orders, "by-g", "g = :v", "g", Limit=2, ScanIndexForward=forward, **start)
            seen += [(int(item["r"]["N"]), item["sk"]["S"]) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            assert set(page["LastEvaluatedKey"]) == {"pk", "sk", "g", "r"}
            start = dict(ExclusiveStartKey=page["LastEvaluatedKey"])
        assert seen == sorted(seen, reverse=not forward) and len(seen) == 9


def test_writes_move_and_remove_entries(dynamodb):
    name = make_orders(dynamodb)
    dynamodb.put_item(TableName=name, Item=order(1))
    key = {"pk": {"S": "p"}, "sk": {"S": "s1"}}
    answer = dynamodb.update_item(TableName=name, Key=key, UpdateExpression="SET g = :h REMOVE l", ReturnConsumedCapacity="INDEXES",
                                  ReturnItemCollectionMetrics="SIZE", ExpressionAttributeValues={":h": {"S": "h"}})
    assert set(answer["ConsumedCapacity"]["LocalSecondaryIndexes"]) == {"by-l", "by-l-all"}
    assert answer["ConsumedCapacity"]["GlobalSecondaryIndexes"]["by-g"] == {"CapacityUnits": 2.0}
    assert answer["ItemCollectionMetrics"] == {"ItemCollectionKey": {"pk": {"S": "p"}}, "SizeEstimateRangeGB": [0.0, 1.0]}
    assert query(dynamodb, name, "by-l")["Count"] == 0
    assert query(dynamodb, name, "by-g", "g = :v", "g")["Count"] == 0
    assert numbers(query(dynamodb, name, "by-g", "g = :v", "h")) == [1]
    with pytest.raises(ClientError) as caught:
        dynamodb.put_item(TableName=name, Item=order(1, g={"N": "1"}), ConditionExpression="attribute_exists(nothing)")
    assert "Type mismatch for Index Key g Expected: S Actual: N IndexName: by-g" in str(caught.value)
    dynamodb.delete_item(TableName=name, Key=key)
    assert dynamodb.scan(TableName=name, IndexName="by-g")["Count"] == 0
