"""Items go in and come back: every type, old images, batches, capacity, and what AWS refuses in AWS's words."""

import decimal
import random
import string

import boto3.dynamodb.types
import pytest

from dynamodb_fixtures import dynamodb, make_table, refused, server  # noqa: F401

EVERYTHING = {
    "s": {"S": "naïve \"quoted\" \n\u2028 🎈"}, "empty": {"S": ""}, "n": {"N": "-12345678901234567890.123456789012345678"},
    "b": {"B": bytes(range(256))}, "t": {"BOOL": True}, "f": {"BOOL": False}, "z": {"NULL": True},
    "l": {"L": [{"S": "x"}, {"L": []}, {"M": {}}, {"N": "0"}]}, "m": {"M": {"a.b": {"M": {"c": {"NULL": True}}}}},
    "ss": {"SS": ["a", "b"]}, "ns": {"NS": ["1", "2.5"]}, "bs": {"BS": [b"\x00", b"\xff"]},
}


@pytest.fixture(scope="module")
def hash_table(dynamodb):
    return make_table(dynamodb, pk="S")


@pytest.fixture(scope="module")
def composite(dynamodb):
    return make_table(dynamodb, pk="S", sk="N")


def test_an_item_of_every_type_comes_back(dynamodb, hash_table):
    item = {"pk": {"S": "every"}, **EVERYTHING}
    dynamodb.put_item(TableName=hash_table, Item=item)
    got = dynamodb.get_item(TableName=hash_table, Key={"pk": {"S": "every"}}, ConsistentRead=True)["Item"]
    for name in ("ss", "ns", "bs"):
        kind = next(iter(got[name]))
        got[name][kind].sort()
    assert got == item


@pytest.mark.parametrize("written, read", [
    ("00042", "42"), ("1.0", "1"), ("3.1400", "3.14"), ("1.5E2", "150"), ("-0", "0"), (".5", "0.5"), ("+3", "3"),
    ("9" * 38, "9" * 38), ("1E-130", "0." + "0" * 129 + "1"), ("9.9999999999999999999999999999999999999E+125", "9" * 38 + "0" * 88),
])
def test_numbers_come_back_in_plain_notation(dynamodb, hash_table, written, read):
    dynamodb.put_item(TableName=hash_table, Item={"pk": {"S": "number"}, "n": {"N": written}})
    assert dynamodb.get_item(TableName=hash_table, Key={"pk": {"S": "number"}})["Item"]["n"]["N"] == read


def test_numbers_that_are_equal_are_one_key(dynamodb):
    name = make_table(dynamodb, pk="N")
    for spelling in ("1", "1.0", "1e0", "+1"):
        dynamodb.put_item(TableName=name, Item={"pk": {"N": spelling}})
    assert dynamodb.scan(TableName=name)["Items"] == [{"pk": {"N": "1"}}]


def test_old_images(dynamodb, hash_table):
    key = {"pk": {"S": "old"}}
    assert "Attributes" not in dynamodb.put_item(TableName=hash_table, Item={**key, "v": {"N": "1"}}, ReturnValues="ALL_OLD")
    old = dynamodb.put_item(TableName=hash_table, Item={**key, "w": {"N": "2"}}, ReturnValues="ALL_OLD")["Attributes"]
    assert old == {**key, "v": {"N": "1"}}
    assert dynamodb.delete_item(TableName=hash_table, Key=key, ReturnValues="ALL_OLD")["Attributes"] == {**key, "w": {"N": "2"}}
    assert "Attributes" not in dynamodb.delete_item(TableName=hash_table, Key=key, ReturnValues="ALL_OLD")
    assert "Item" not in dynamodb.get_item(TableName=hash_table, Key=key)


def test_attributes_to_get(dynamodb, hash_table):
    dynamodb.put_item(TableName=hash_table, Item={"pk": {"S": "some"}, "a": {"S": "1"}, "b": {"S": "2"}})
    got = dynamodb.get_item(TableName=hash_table, Key={"pk": {"S": "some"}}, AttributesToGet=["b", "nothing"])
    assert got["Item"] == {"b": {"S": "2"}}


def test_capacity(dynamodb, hash_table):
    big = {"pk": {"S": "big"}, "v": {"S": "x" * 5000}}
    put = dynamodb.put_item(TableName=hash_table, Item=big, ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"]
    assert put == dict(TableName=hash_table, CapacityUnits=5.0, Table=dict(CapacityUnits=5.0))
    read = dynamodb.get_item(TableName=hash_table, Key={"pk": {"S": "big"}}, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]
    assert read == dict(TableName=hash_table, CapacityUnits=1.0)


@pytest.mark.parametrize("item, message", [
    ({"pk": {"S": "a"}}, "One or more parameter values were invalid: Missing the key sk in the item"),
    ({"pk": {"S": "a"}, "sk": {"S": "1"}},
     "One or more parameter values were invalid: Type mismatch for key sk expected: N actual: S"),
    ({"pk": {"S": "a"}, "sk": {"N": "1"}, "x": {"SS": []}},
     "One or more parameter values were invalid: An string set  may not be empty"),
    ({"pk": {"S": "a"}, "sk": {"N": "1"}, "x": {"NS": []}},
     "One or more parameter values were invalid: An number set  may not be empty"),
    ({"pk": {"S": "a"}, "sk": {"N": "1"}, "x": {"L": [{"SS": ["a", "a"]}]}},
     "One or more parameter values were invalid: Input collection [a, a] contains duplicates."),
    ({"pk": {"S": "a"}, "sk": {"N": "1"}, "x": {"NULL": False}},
     "One or more parameter values were invalid: Null attribute value types must have the value of true"),
    ({"pk": {"S": "a"}, "sk": {"N": "one"}}, "The parameter cannot be converted to a numeric value: one"),
    ({"pk": {"S": "a"}, "sk": {"N": "1E126"}},
     "Number overflow. Attempting to store a number with magnitude larger than supported range"),
    ({"pk": {"S": "a"}, "sk": {"N": "1" * 39}}, "Attempting to store more than 38 significant digits in a Number"),
    ({"pk": {"S": "a"}, "sk": {"N": "1"}, "x": {"S": "x" * 410_000}}, "Item size has exceeded the maximum allowed size"),
])
def test_wrong_items_are_refused(dynamodb, composite, item, message):
    refused(dynamodb.put_item, "ValidationException", message, TableName=composite, Item=item)


def test_wrong_keys_and_tables_are_refused(dynamodb, composite):
    refused(dynamodb.get_item, "ValidationException", "The provided key element does not match the schema", TableName=composite,
            Key={"pk": {"S": "a"}})
    refused(dynamodb.get_item, "ResourceNotFoundException", "Requested resource not found", TableName="nowhere",
            Key={"pk": {"S": "a"}})
    refused(dynamodb.put_item, "ValidationException",
            "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null",
            Item={"pk": {"S": "a"}})


def test_batches_over_two_tables(dynamodb, hash_table, composite):
    keys = [{"pk": {"S": f"batch-{number}"}} for number in range(12)]
    pairs = [{"pk": {"S": "batch"}, "sk": {"N": str(number)}} for number in range(12)]
    done = dynamodb.batch_write_item(RequestItems={
        hash_table: [dict(PutRequest=dict(Item={**key, "v": {"S": "x"}})) for key in keys],
        composite: [dict(PutRequest=dict(Item=pair)) for pair in pairs]}, ReturnConsumedCapacity="TOTAL")
    assert done["UnprocessedItems"] == {}
    assert {entry["TableName"]: entry["CapacityUnits"] for entry in done["ConsumedCapacity"]} == {hash_table: 12, composite: 12}
    read = dynamodb.batch_get_item(RequestItems={hash_table: dict(Keys=keys + [{"pk": {"S": "absent"}}], AttributesToGet=["pk"]),
                                                 composite: dict(Keys=pairs, ConsistentRead=True)})
    assert sorted(item["pk"]["S"] for item in read["Responses"][hash_table]) == sorted(key["pk"]["S"] for key in keys)
    assert len(read["Responses"][composite]) == 12 and read["UnprocessedKeys"] == {}
    dynamodb.batch_write_item(RequestItems={hash_table: [dict(DeleteRequest=dict(Key=key)) for key in keys]})
    read = dynamodb.batch_get_item(RequestItems={hash_table: dict(Keys=keys)})
    assert read["Responses"] == {hash_table: []}


def test_a_large_batch_read_leaves_keys_for_later(dynamodb):
    name = make_table(dynamodb, pk="N")
    for number in range(45):
        dynamodb.put_item(TableName=name, Item={"pk": {"N": str(number)}, "v": {"S": "x" * 390_000}})
    wanted, seen, calls = dict(Keys=[{"pk": {"N": str(number)}} for number in range(45)], AttributesToGet=["pk"]), [], 0
    while wanted:
        page = dynamodb.batch_get_item(RequestItems={name: wanted})
        seen += [int(item["pk"]["N"]) for item in page["Responses"][name]]
        wanted, calls = page["UnprocessedKeys"].get(name), calls + 1
    assert sorted(seen) == list(range(45)) and calls == 2


def test_wrong_batches_are_refused(dynamodb, hash_table):
    twice = [dict(PutRequest=dict(Item={"pk": {"S": "a"}})), dict(DeleteRequest=dict(Key={"pk": {"S": "a"}}))]
    refused(dynamodb.batch_write_item, "ValidationException", "Provided list of item keys contains duplicates",
            RequestItems={hash_table: twice})
    refused(dynamodb.batch_write_item, "ValidationException", "The requestItems parameter is required for BatchWriteItem",
            RequestItems={})
    refused(dynamodb.batch_get_item, "ValidationException",
            f"1 validation error detected: Value at 'RequestItems.{hash_table}.member.Keys' failed to satisfy constraint: Member "
            "must have length less than or equal to 100",
            RequestItems={hash_table: dict(Keys=[{"pk": {"S": str(number)}} for number in range(101)])})


def test_random_items_come_back(dynamodb, hash_table):
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    serialize = boto3.dynamodb.types.TypeSerializer().serialize

    def value(depth=0):
        kind = chance.randrange(8 if depth < 5 else 5)
        if kind == 0:
            return "".join(chance.choice(string.printable + "äß€🎈") for _ in range(chance.randrange(20)))
        if kind == 1:
            return decimal.Decimal(chance.randrange(-10**9, 10**9)).scaleb(chance.randrange(-20, 20))
        if kind == 2:
            return chance.randbytes(chance.randrange(20))
        if kind == 3:
            return chance.choice([True, False, None])
        if kind == 4:
            return {str(number) for number in range(chance.randrange(1, 5))}
        if kind < 7:
            return {str(number): value(depth + 1) for number in range(chance.randrange(4))}
        return [value(depth + 1) for _ in range(chance.randrange(4))]

    deserialize = boto3.dynamodb.types.TypeDeserializer().deserialize
    for number in range(100):
        item = {"pk": f"random-{number}", "v": value()}
        dynamodb.put_item(TableName=hash_table, Item={name: serialize(part) for name, part in item.items()})
        got = dynamodb.get_item(TableName=hash_table, Key={"pk": {"S": f"random-{number}"}})["Item"]
        assert {name: deserialize(part) for name, part in got.items()} == item
