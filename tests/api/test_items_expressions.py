"""Conditions, updates, projections and filters through boto3's resource, as applications write them, and the parameters from before."""

import decimal

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from dray_server import REGION
from dynamodb_fixtures import OWNER, dynamodb, make_table, refused, server  # noqa: F401
from raw_dynamodb import raw_refused

Decimal = decimal.Decimal


@pytest.fixture(scope="module")
def resource(server):
    access_key, secret = server.credentials[OWNER]
    return boto3.session.Session().resource("dynamodb", endpoint_url=server.endpoint, region_name=REGION,
                                            aws_access_key_id=access_key, aws_secret_access_key=secret)


@pytest.fixture
def table(dynamodb, resource):
    return resource.Table(make_table(dynamodb, pk="S"))


@pytest.fixture
def orders(dynamodb, resource):
    found = resource.Table(make_table(dynamodb, pk="S", sk="N"))
    with found.batch_writer() as batch:
        for number in range(1, 11):
            batch.put_item(Item={"pk": "p", "sk": number, "even": number % 2 == 0, "tags": {f"t{number % 3}"},
                                 "detail": {"name": f"order {number}", "amounts": [number, number * 2]}})
    return found


def fails(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response


def test_put_once(table):
    table.put_item(Item={"pk": "a", "n": 1}, ConditionExpression=Attr("pk").not_exists())
    answer = fails(table.put_item, Item={"pk": "a", "n": 2}, ConditionExpression=Attr("pk").not_exists())
    assert answer["Error"] == {"Code": "ConditionalCheckFailedException", "Message": "The conditional request failed"}
    assert table.get_item(Key={"pk": "a"})["Item"]["n"] == 1


def test_delete_what_was_seen(table):
    table.put_item(Item={"pk": "a", "version": 3})
    fails(table.delete_item, Key={"pk": "a"}, ConditionExpression=Attr("version").eq(2))
    old = table.delete_item(Key={"pk": "a"}, ConditionExpression=Attr("version").eq(3), ReturnValues="ALL_OLD")["Attributes"]
    assert old == {"pk": "a", "version": 3}
    assert "Item" not in table.get_item(Key={"pk": "a"})


def test_a_counter(table):
    for expected in range(1, 6):
        answer = table.update_item(Key={"pk": "counter"}, UpdateExpression="SET #n = if_not_exists(#n, :zero) + :one",
                                   ExpressionAttributeNames={"#n": "count"}, ExpressionAttributeValues={":zero": 0, ":one": 1},
                                   ReturnValues="UPDATED_NEW")
        assert answer["Attributes"] == {"count": expected}


def test_an_optimistic_update(table):
    table.put_item(Item={"pk": "a", "version": 1, "log": ["made"], "tags": {"x", "y"}})
    arguments = dict(Key={"pk": "a"}, ConditionExpression=Attr("version").eq(1) & Attr("tags").contains("x"),
                     UpdateExpression="SET version = version + :one, #l = list_append(#l, :entry) REMOVE gone ADD tags :z DELETE tags :x",
                     ExpressionAttributeNames={"#l": "log"},
                     ExpressionAttributeValues={":one": 1, ":entry": ["changed"], ":z": {"z"}, ":x": {"x"}})
    assert fails(table.update_item, **arguments)["Error"]["Message"].startswith(
        "Invalid UpdateExpression: Two document paths overlap with each other")
    arguments["UpdateExpression"] = "SET version = version + :one, #l = list_append(#l, :entry) REMOVE gone DELETE tags :x"
    del arguments["ExpressionAttributeValues"][":z"]
    answer = table.update_item(ReturnValues="ALL_NEW", **arguments)
    assert answer["Attributes"] == {"pk": "a", "version": 2, "log": ["made", "changed"], "tags": {"y"}}
    assert fails(table.update_item, **arguments)["Error"]["Code"] == "ConditionalCheckFailedException"


def test_numbers_are_exact(table):
    table.put_item(Item={"pk": "a", "n": Decimal("0.1")})
    answer = table.update_item(Key={"pk": "a"}, UpdateExpression="SET n = n + :more", ReturnValues="UPDATED_NEW",
                               ExpressionAttributeValues={":more": Decimal("1000000000000000000000000000000000000.2")})
    assert answer["Attributes"]["n"] == Decimal("1000000000000000000000000000000000000.3")


def test_filters_and_projections(orders):
    found = orders.query(KeyConditionExpression=Key("pk").eq("p") & Key("sk").between(2, 9), ProjectionExpression="sk, detail.amounts[1]",
                         FilterExpression=Attr("even").eq(True) & Attr("detail.name").begins_with("order"))
    assert found["Items"] == [{"sk": number, "detail": {"amounts": [number * 2]}} for number in (2, 4, 6, 8)]
    assert (found["Count"], found["ScannedCount"]) == (4, 8)
    counted = orders.scan(FilterExpression=Attr("tags").contains("t1") | Attr("sk").is_in([2, 3]), Select="COUNT")
    assert (counted["Count"], counted["ScannedCount"], "Items" in counted) == (6, 10, False)


def test_pages_end_where_the_limit_does_whatever_the_filter_leaves(orders):
    seen, start, pages = [], {}, 0
    while True:
        page = orders.scan(FilterExpression=Attr("sk").gt(9), Limit=4, **start)
        seen += [item["sk"] for item in page["Items"]]
        pages += 1
        if "LastEvaluatedKey" not in page:
            break
        start = dict(ExclusiveStartKey=page["LastEvaluatedKey"])
    assert (seen, pages) == ([10], 3)


def test_a_page_has_a_megabyte_before_the_filter(dynamodb):
    name = make_table(dynamodb, pk="S", sk="N")
    for number in range(5):
        dynamodb.put_item(TableName=name, Item={"pk": {"S": "p"}, "sk": {"N": str(number)}, "x": {"S": "x" * 300_000}})
    page = dynamodb.query(TableName=name, KeyConditionExpression="pk = :p", FilterExpression="attribute_not_exists(x)",
                          ExpressionAttributeValues={":p": {"S": "p"}}, ReturnConsumedCapacity="TOTAL")
    assert (page["Count"], page["ScannedCount"]) == (0, 4)
    assert page["LastEvaluatedKey"]["sk"] == {"N": "3"}
    assert page["ConsumedCapacity"]["CapacityUnits"] == 146.5  # 1,200,028 bytes, half a unit for each 4 KB


@pytest.mark.parametrize("operation, members", [
    ("PutItem", dict(Item={"pk": {"S": "a"}})), ("DeleteItem", dict(Key={"pk": {"S": "a"}})),
    ("UpdateItem", dict(Key={"pk": {"S": "a"}}, UpdateExpression="SET n = :one")),
])
def test_the_failed_condition_gives_the_item(server, dynamodb, operation, members):
    name = make_table(dynamodb)
    item = {"pk": {"S": "a"}, "n": {"N": "1"}}
    dynamodb.put_item(TableName=name, Item=item)
    body = dict(TableName=name, ConditionExpression="n > :one", ExpressionAttributeValues={":one": {"N": "1"}}, **members)
    for asked, members_back in (("NONE", {"__type", "message"}), ("ALL_OLD", {"__type", "message", "Item"})):
        answer = raw_refused(server, operation, {**body, "ReturnValuesOnConditionCheckFailure": asked},
                             "ConditionalCheckFailedException", "The conditional request failed")
        assert set(answer) == members_back
    assert answer["Item"] == item


def test_parameters_from_before_expressions(dynamodb):
    name = make_table(dynamodb)
    key = {"pk": {"S": "a"}}
    dynamodb.put_item(TableName=name, Item={**key, "n": {"N": "1"}}, Expected={"pk": {"Exists": False}})
    refused(dynamodb.put_item, "ConditionalCheckFailedException", TableName=name, Item=key, Expected={"pk": {"Exists": False}})
    answer = dynamodb.update_item(TableName=name, Key=key, ReturnValues="ALL_NEW", Expected={
        "n": {"ComparisonOperator": "LE", "AttributeValueList": [{"N": "1"}]}}, AttributeUpdates={
            "n": {"Action": "ADD", "Value": {"N": "4"}}, "s": {"Action": "PUT", "Value": {"S": "x"}}})
    assert answer["Attributes"] == {**key, "n": {"N": "5"}, "s": {"S": "x"}}
    found = dynamodb.query(TableName=name, KeyConditions={"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]}},
                           QueryFilter={"s": {"ComparisonOperator": "NOT_NULL"}}, AttributesToGet=["n"])
    assert found["Items"] == [{"n": {"N": "5"}}]
