"""What is measured: tables of 700-byte items, the requests on them, and how an answer is checked."""

import random
from dataclasses import dataclass
from typing import Callable

from wire_requests import wire_request

ITEM_BYTES = 700   # as DynamoDB counts: names and values
PAGE_ITEMS = 16    # items that share a partition key
BATCH_ITEMS = 25

# Words in no order, so that items are about as alike as notes are, and do not compress to nothing.
PROSE = " ".join(random.Random(1).choices(
    "about above after again along begin below between bring carry change city close country cover cross draw early earth every family "
    "father figure final follow friend ground group happen horse hundred island letter listen little measure morning mountain notice "
    "number often order paper people picture place plain point power question quick reach river second simple spell stand story table "
    "those though thousand together toward travel under voice watch water white window winter wonder world write young".split(), k=20000))

KEYS = dict(KeySchema=[dict(AttributeName="pk", KeyType="HASH"), dict(AttributeName="sk", KeyType="RANGE")],
            BillingMode="PAY_PER_REQUEST")
KEY_ATTRIBUTES = [dict(AttributeName="pk", AttributeType="S"), dict(AttributeName="sk", AttributeType="N")]
PLAIN, INDEXED = "orders", "orders-indexed"
TABLES = {
    PLAIN: dict(TableName=PLAIN, AttributeDefinitions=KEY_ATTRIBUTES, **KEYS),
    INDEXED: dict(
        TableName=INDEXED, **KEYS,
        AttributeDefinitions=[*KEY_ATTRIBUTES, dict(AttributeName="customer", AttributeType="S"),
                              dict(AttributeName="created", AttributeType="S"), dict(AttributeName="status", AttributeType="S"),
                              dict(AttributeName="total", AttributeType="N")],
        GlobalSecondaryIndexes=[
            dict(IndexName="by-customer", Projection=dict(ProjectionType="ALL"),
                 KeySchema=[dict(AttributeName="customer", KeyType="HASH"), dict(AttributeName="created", KeyType="RANGE")]),
            dict(IndexName="by-status", Projection=dict(ProjectionType="KEYS_ONLY"),
                 KeySchema=[dict(AttributeName="status", KeyType="HASH"), dict(AttributeName="total", KeyType="RANGE")])]),
}


def key(partition, position):
    return dict(pk=dict(S=f"order#{partition:06d}"), sk=dict(N=str(position)))


def item(partition, position, edition=0):
    """The item of that key; editions differ in attributes that indexes hold."""
    number = partition * PAGE_ITEMS + position
    made = dict(key(partition, position),
                customer=dict(S=f"customer#{number * 7 % 1009:04d}"), status=dict(S=("open", "paid", "sent")[(number + edition) % 3]),
                created=dict(S=f"2026-{edition % 12 + 1:02d}-15T12:00:00Z"), total=dict(N=f"{number % 9973 + edition}.5"),
                count=dict(N="0"), gift=dict(BOOL=number % 2 == 0))
    size = sum(len(name) + value_bytes(value) for name, value in made.items())
    offset = (number * 131 + edition * 17) % (len(PROSE) - ITEM_BYTES)
    made["note"] = dict(S=PROSE[offset:offset + ITEM_BYTES - size - len("note")])
    return made


def value_bytes(value):
    (kind, content), = value.items()
    if kind == "BOOL":
        return 1
    if kind == "N":
        return (len(content.replace(".", "").strip("0")) + 1) // 2 + 1
    return len(content)


@dataclass(frozen=True)
class Workload:
    name: str
    operation: str
    table: str
    arguments: Callable   # (random, partitions) -> arguments of one request
    check: Callable       # (server, arguments, answer) -> whether the answer is right
    dray_only: bool = False
    wants_ratio: float = 0        # times the better peer, --durability=fsync
    wants_ratio_os: float = 0     # the same with --durability=os
    wants_of_bare: float = 0      # share of the bare server


def random_key(source, partitions):
    return source.randrange(partitions), source.randrange(PAGE_ITEMS)


def stored(server, table, arguments_key):
    return server.call("GetItem", dict(TableName=table, Key=arguments_key, ConsistentRead=True)).get("Item")


def position_of(attributes):
    return int(attributes["pk"]["S"].split("#")[1]), int(attributes["sk"]["N"])


def get_arguments(source, partitions):
    return dict(TableName=PLAIN, Key=key(*random_key(source, partitions)))


def query_arguments(source, partitions):
    return dict(TableName=PLAIN, KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": key(source.randrange(partitions), 0)["pk"]})


def put_arguments(source, partitions):
    return dict(TableName=PLAIN, Item=item(*random_key(source, partitions), edition=source.randrange(12)))


def put_indexed_arguments(source, partitions):
    return dict(put_arguments(source, partitions), TableName=INDEXED)


def update_arguments(source, partitions):
    return dict(TableName=PLAIN, Key=key(*random_key(source, partitions)),
                UpdateExpression="SET #count = #count + :one, #status = :status",
                ConditionExpression="attribute_exists(pk) AND #count >= :zero",
                ExpressionAttributeNames={"#count": "count", "#status": "status"},
                ExpressionAttributeValues={":one": dict(N="1"), ":zero": dict(N="0"), ":status": dict(S="sent")})


def check_get(server, arguments, answer):
    return set(answer) == {"Item"} and answer["Item"] == item(*position_of(arguments["Key"]))


def check_query(server, arguments, answer):
    partition = int(arguments["ExpressionAttributeValues"][":pk"]["S"].split("#")[1])
    return answer["Count"] == PAGE_ITEMS and answer["Items"] == [item(partition, position) for position in range(PAGE_ITEMS)]


def check_put(server, arguments, answer):
    return answer == {} and stored(server, arguments["TableName"], key(*position_of(arguments["Item"]))) == arguments["Item"]


def check_put_indexed(server, arguments, answer):
    put = arguments["Item"]
    found = server.call("Query", dict(
        TableName=INDEXED, IndexName="by-customer", KeyConditionExpression="customer = :c AND created = :d",
        ExpressionAttributeValues={":c": put["customer"], ":d": put["created"]}))["Items"]
    return check_put(server, arguments, answer) and put in found


def check_update(server, arguments, answer):
    before = stored(server, PLAIN, arguments["Key"])
    server.call("UpdateItem", arguments)
    after = stored(server, PLAIN, arguments["Key"])
    return answer == {} and after["status"] == dict(S="sent") and int(after["count"]["N"]) == int(before["count"]["N"]) + 1


# In this order: reads see the items as they were loaded.
WORKLOADS = [
    Workload("GetItem", "GetItem", PLAIN, get_arguments, check_get, wants_ratio=3, wants_of_bare=0.5),
    Workload("Query of 16 items", "Query", PLAIN, query_arguments, check_query, wants_ratio=3),
    Workload("PutItem", "PutItem", PLAIN, put_arguments, check_put, wants_ratio=1.5, wants_ratio_os=3),
    Workload("UpdateItem, condition and arithmetic", "UpdateItem", PLAIN, update_arguments, check_update, dray_only=True),
    Workload("PutItem, two indexes", "PutItem", INDEXED, put_indexed_arguments, check_put_indexed, dray_only=True),
]


def load(server, table, partitions):
    """Creates the table with all its items."""
    server.call("CreateTable", TABLES[table])
    while server.call("DescribeTable", dict(TableName=table))["Table"]["TableStatus"] != "ACTIVE":
        pass
    items = [item(partition, position) for partition in range(partitions) for position in range(PAGE_ITEMS)]
    for first in range(0, len(items), BATCH_ITEMS):
        waiting = {table: [dict(PutRequest=dict(Item=one)) for one in items[first:first + BATCH_ITEMS]]}
        while waiting:
            waiting = server.call("BatchWriteItem", dict(RequestItems=waiting)).get("UnprocessedItems")


def arguments_of(workload, count, partitions):
    """The same for every server."""
    source = random.Random(f"{workload.name} 1")
    return [workload.arguments(source, partitions) for _ in range(count)]


def signed(server, workload, arguments):
    return [wire_request(server.target, workload.operation, one) for one in arguments]
