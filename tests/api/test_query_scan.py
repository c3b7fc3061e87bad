"""Query finds a range of one partition in both directions, Scan finds everything once: pages, limits, segments, checks."""

import pytest

from dynamodb_fixtures import dynamodb, make_table, refused, server  # noqa: F401

SORT_KEYS = ["-1E10", "-2", "-1.5", "0", "0.001", "1", "2", "10", "1E20"]


@pytest.fixture(scope="module")
def numbers(dynamodb):
    """One partition with numeric sort keys, and another beside it."""
    name = make_table(dynamodb, pk="S", sk="N")
    for partition in ("p", "q"):
        for sort in reversed(SORT_KEYS):
            dynamodb.put_item(TableName=name, Item={"pk": {"S": partition}, "sk": {"N": sort}, "v": {"S": sort}})
    return name


def sort_keys(answer):
    assert answer["Count"] == answer["ScannedCount"] == len(answer["Items"])
    return [item["v"]["S"] for item in answer["Items"]]


def query(dynamodb, table, condition="pk = :p", values=None, **more):
    return dynamodb.query(TableName=table, KeyConditionExpression=condition,
                          ExpressionAttributeValues={":p": {"S": "p"}, **(values or {})}, **more)


def test_both_directions(dynamodb, numbers):
    assert sort_keys(query(dynamodb, numbers)) == SORT_KEYS
    assert sort_keys(query(dynamodb, numbers, ScanIndexForward=False)) == SORT_KEYS[::-1]


@pytest.mark.parametrize("condition, values, wanted", [
    ("sk = :a", "0", ["0"]), ("sk < :a", "0", SORT_KEYS[:3]), ("sk <= :a", "0", SORT_KEYS[:4]),
    ("sk > :a", "1", SORT_KEYS[6:]), ("sk >= :a", "1", SORT_KEYS[5:]), (":a > sk", "0", SORT_KEYS[:3]),
    ("sk BETWEEN :a AND :b", ("-2", "1"), SORT_KEYS[1:6]), ("(sk = :a)", "10", ["10"]), ("sk = :a", "5", []),
])
@pytest.mark.parametrize("forward", [True, False])
def test_sort_key_conditions(dynamodb, numbers, condition, values, wanted, forward):
    values = (values,) if isinstance(values, str) else values
    bound = {f":{letter}": {"N": value} for letter, value in zip("ab", values)}
    found = query(dynamodb, numbers, f"pk = :p AND {condition}", bound, ScanIndexForward=forward)
    assert sort_keys(found) == (wanted if forward else wanted[::-1])


def test_begins_with_on_strings_and_bytes(dynamodb):
    strings = make_table(dynamodb, pk="S", sk="S")
    for sort in ("a", "ab", "abc", "b", "ä"):
        dynamodb.put_item(TableName=strings, Item={"pk": {"S": "p"}, "sk": {"S": sort}, "v": {"S": sort}})
    assert sort_keys(query(dynamodb, strings, "pk = :p AND begins_with(sk, :a)", {":a": {"S": "ab"}})) == ["ab", "abc"]
    binary = make_table(dynamodb, pk="S", sk="B")
    for sort in (b"\xff", b"\xff\x00", b"\xff\xff", b"\x01"):
        dynamodb.put_item(TableName=binary, Item={"pk": {"S": "p"}, "sk": {"B": sort}, "v": {"S": sort.hex()}})
    found = query(dynamodb, binary, "pk = :p AND begins_with(sk, :a)", {":a": {"B": b"\xff"}})
    assert sort_keys(found) == ["ff", "ff00", "ffff"]


def test_legacy_key_conditions(dynamodb, numbers):
    conditions = dict(pk=dict(AttributeValueList=[{"S": "p"}], ComparisonOperator="EQ"),
                      sk=dict(AttributeValueList=[{"N": "-2"}, {"N": "1"}], ComparisonOperator="BETWEEN"))
    assert sort_keys(dynamodb.query(TableName=numbers, KeyConditions=conditions)) == SORT_KEYS[1:6]


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [1, 2, 9, 100])
def test_pages(dynamodb, numbers, limit, forward):
    seen, more = [], {}
    while True:
        page = query(dynamodb, numbers, Limit=limit, ScanIndexForward=forward, **more)
        assert len(page["Items"]) <= limit
        seen += sort_keys(page)
        if "LastEvaluatedKey" not in page:
            break
        assert set(page["LastEvaluatedKey"]) == {"pk", "sk"}
        more = dict(ExclusiveStartKey=page["LastEvaluatedKey"])
    assert seen == (SORT_KEYS if forward else SORT_KEYS[::-1])


def test_a_megabyte_is_a_page(dynamodb):
    name = make_table(dynamodb, pk="S", sk="N")
    for number in range(20):
        dynamodb.put_item(TableName=name, Item={"pk": {"S": "p"}, "sk": {"N": str(number)}, "v": {"S": "x" * 60_000}})
    first = query(dynamodb, name)
    assert 0 < first["Count"] < 20 and "LastEvaluatedKey" in first
    second = query(dynamodb, name, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert first["Count"] + second["Count"] == 20 and "LastEvaluatedKey" not in second
    scanned = dynamodb.scan(TableName=name)
    assert "LastEvaluatedKey" in scanned and scanned["Count"] < 20


def test_counts_and_some_attributes(dynamodb, numbers):
    counted = query(dynamodb, numbers, Select="COUNT", ReturnConsumedCapacity="TOTAL")
    assert counted["Count"] == 9 and "Items" not in counted
    assert counted["ConsumedCapacity"] == dict(TableName=numbers, CapacityUnits=0.5)
    old_style = dynamodb.query(TableName=numbers, AttributesToGet=["sk"], KeyConditions=dict(
        pk=dict(AttributeValueList=[{"S": "p"}], ComparisonOperator="EQ")))
    assert old_style["Items"][0] == {"sk": {"N": "-10000000000"}}


@pytest.mark.parametrize("arguments, message", [
    (dict(KeyConditionExpression=""), "Invalid KeyConditionExpression: The expression can not be empty;"),
    (dict(KeyConditionExpression="thing = :p"), "Query condition missed key schema element: pk"),
    (dict(KeyConditionExpression="pk = :p AND thing = :p"), "Query condition missed key schema element: sk"),
    (dict(KeyConditionExpression="pk = :p OR pk = :p"),
     "Invalid operator used in KeyConditionExpression: OR"),
    (dict(ExpressionAttributeNames={"#unused": "x"}),
     "Value provided in ExpressionAttributeNames unused in expressions: keys: {#unused}"),
    (dict(Limit=0), "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must have value greater "
                    "than or equal to 1"),
    (dict(Select="X"), "1 validation error detected: Value 'X' at 'select' failed to satisfy constraint: Member must satisfy enum "
                       "value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]"),
    (dict(IndexName="missing"), "The table does not have the specified index: missing"),
    (dict(FilterExpression="sk = :p"),
     "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk"),
    (dict(ExclusiveStartKey={"pk": {"S": "q"}, "sk": {"N": "1"}}),
     "The provided starting key is outside query boundaries based on provided conditions"),
])
def test_wrong_queries_are_refused(dynamodb, numbers, arguments, message):
    wanted = dict(TableName=numbers, KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": {"S": "p"}})
    refused(dynamodb.query, "ValidationException", message, **{**wanted, **arguments})


@pytest.fixture(scope="module")
def many(dynamodb):
    name = make_table(dynamodb, pk="S")
    for start in range(0, 300, 25):
        dynamodb.batch_write_item(RequestItems={name: [
            dict(PutRequest=dict(Item={"pk": {"S": f"item-{number}"}})) for number in range(start, start + 25)]})
    return name


@pytest.mark.parametrize("limit", [None, 1, 7, 300])
def test_scan_in_pages_finds_everything_once(dynamodb, many, limit):
    seen, more = [], dict(Limit=limit) if limit else {}
    while True:
        page = dynamodb.scan(TableName=many, **more)
        seen += [item["pk"]["S"] for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        more["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    assert sorted(seen) == sorted(f"item-{number}" for number in range(300))


@pytest.mark.parametrize("total", [1, 2, 3, 16, 1000])
def test_segments_are_disjoint_and_complete(dynamodb, many, total):
    segments = range(total) if total <= 16 else range(0, total, 1)
    seen = []
    for segment in segments:
        seen += [item["pk"]["S"] for item in dynamodb.scan(TableName=many, Segment=segment, TotalSegments=total)["Items"]]
    assert sorted(seen) == sorted(f"item-{number}" for number in range(300))


def test_a_start_key_of_another_segment_is_refused(dynamodb, many):
    first = dynamodb.scan(TableName=many, Segment=0, TotalSegments=2, Limit=1)["LastEvaluatedKey"]
    message = refused(dynamodb.scan, "ValidationException", TableName=many, Segment=1, TotalSegments=2, ExclusiveStartKey=first)
    assert message.startswith("The provided starting key is invalid")


@pytest.mark.parametrize("arguments, message", [
    (dict(Segment=0), "The TotalSegments parameter is required but was not present in the request when Segment parameter is "
                      "present"),
    (dict(TotalSegments=4), "The Segment parameter is required but was not present in the request when parameter TotalSegments is "
                            "present"),
    (dict(Segment=5, TotalSegments=5), "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
                                       "Segment: 5 is not less than TotalSegments: 5"),
    (dict(Limit=0), "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value "
                    "greater than or equal to 1"),
    (dict(ConditionalOperator="OR"), "ConditionalOperator cannot be used without Filter or Expected"),
])
def test_wrong_scans_are_refused(dynamodb, many, arguments, message):
    refused(dynamodb.scan, "ValidationException", message, TableName=many, **arguments)
