"""The whole server against a naive model: random operations through stock requests on tables with indexes of every kind and
projection; after each of them the table, its indexes and its counts are compared with the model. Indexes come and go while
writes go on, items expire on a moved clock, the server is restarted and killed in between, and an export ends it.

DRAY_TEST_SEED repeats a run, DRAY_MODEL_STEPS says how long one is."""

import collections
import copy
import gzip
import json
import os
import random as random_module
import threading
import time
import urllib.request

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from dray_server import REGION, DrayServer
from naive_model import (Index, Placeholders, Refused, Table, WORDS, canonical, canonical_item, number, random_condition,
                         random_update, random_value)

OWNER = "111122223333"
SEED = int(os.environ.get("DRAY_TEST_SEED") or random_module.SystemRandom().randrange(2**32))
STEPS = int(os.environ.get("DRAY_MODEL_STEPS", "300"))
BUCKET = "model-exports"

KEY_TYPES = dict(pk="S", sk="N", g="S", h="N", r="N", l="S")
FREE = ["a", "n", "t", "s", "m"]  # attributes that are never part of a key
INDEX_VALUES = dict(g=lambda random: {"S": random.choice("xyz")}, h=lambda random: number(random.randrange(3)),
                    r=lambda random: number(random.randrange(-5, 5)), l=lambda random: {"S": random.choice(WORDS)})


def make_tables():
    wide = Table("wide", ["pk", "sk"], [
        Index("local-all", ["pk"], ["l"], "ALL", is_local=True),
        Index("local-keys", ["pk"], ["r"], "KEYS_ONLY", is_local=True),
        Index("local-some", ["pk"], ["h"], "INCLUDE", ["a", "t"], is_local=True),
        Index("global-all", ["g"], ["r"], "ALL"),
        Index("global-keys", ["h"], [], "KEYS_ONLY"),
        Index("global-some", ["g", "h"], ["r", "l"], "INCLUDE", ["m", "n"]),
    ])
    plain = Table("plain", ["pk"], [Index("global-all", ["l"], [], "ALL")])
    return [wide, plain]


class Run:
    def __init__(self, folder):
        self.random = random_module.Random(SEED)
        self.server = DrayServer(folder, "--dev")
        self.server.credentials[OWNER] = OWNER, "of no importance"
        self.clock_offset = 0
        self.tables = make_tables()
        self.done = collections.deque(maxlen=12)  # the last operations, for whoever reads a failure
        self.counts = collections.Counter()

    def start(self):
        self.server.start()
        self.dynamodb = self.server.client("dynamodb", OWNER, parameter_validation=False, max_pool_connections=8)
        if self.clock_offset:
            self.move_clock(0)

    # ---- the tables

    def create(self):
        for table in self.tables:
            attributes = set(table.keys).union(*(index.hash + index.range for index in table.indexes.values()))
            indexes = {}
            for member, is_local in (("LocalSecondaryIndexes", True), ("GlobalSecondaryIndexes", False)):
                listed = [index.definition() for index in table.indexes.values() if index.is_local == is_local]
                if listed:
                    indexes[member] = listed
            self.dynamodb.create_table(
                TableName=table.name, BillingMode="PAY_PER_REQUEST", **indexes,
                AttributeDefinitions=[dict(AttributeName=name, AttributeType=KEY_TYPES[name]) for name in sorted(attributes)],
                KeySchema=[dict(AttributeName=name, KeyType=kind) for name, kind in zip(table.keys, ("HASH", "RANGE"))])
            self.dynamodb.update_continuous_backups(
                TableName=table.name, PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))

    def wait_for_indexes(self, table):
        until = time.monotonic() + 60
        while True:
            described = self.dynamodb.describe_table(TableName=table.name)["Table"]
            listed = described.get("GlobalSecondaryIndexes", [])
            wanted = {index.name for index in table.indexes.values() if not index.is_local}
            if {index["IndexName"] for index in listed} == wanted and all(i["IndexStatus"] == "ACTIVE" for i in listed):
                return described
            assert time.monotonic() < until, described
            time.sleep(0.01)

    def all_pages(self, operation, limit=None, **arguments):
        items = []
        if limit:
            arguments["Limit"] = limit
        while True:
            page = operation(**arguments)
            assert not limit or page["ScannedCount"] <= limit
            assert page["Count"] == len(page["Items"])
            items += page["Items"]
            if "LastEvaluatedKey" not in page:
                return items
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def compare(self, table):
        described = self.wait_for_indexes(table)
        items = self.all_pages(self.dynamodb.scan, TableName=table.name, ConsistentRead=True)
        assert_same(items, table.items.values(), table.name)
        assert described["ItemCount"] == len(table.items)
        listed = described.get("LocalSecondaryIndexes", []) + described.get("GlobalSecondaryIndexes", [])
        for index in listed:
            expected = table.entries(table.indexes[index["IndexName"]])
            found = self.all_pages(self.dynamodb.scan, TableName=table.name, IndexName=index["IndexName"])
            assert_same(found, expected, f"{table.name}.{index['IndexName']}")
            assert index["ItemCount"] == len(expected), index

    # ---- what is written

    def key(self, table):
        key = {"pk": {"S": f"p{self.random.randrange(6 if 'sk' in table.keys else 24)}"}}
        if "sk" in table.keys:
            key["sk"] = number(self.random.randrange(5))
        return key

    def item(self, table):
        item = self.key(table)
        for name, make in INDEX_VALUES.items():
            if self.random.random() < 0.7:
                item[name] = make(self.random)
        for name in self.random.sample(FREE, self.random.randrange(len(FREE) + 1)):
            item[name] = random_value(self.random)
        return item

    def condition(self, attributes=tuple(FREE) + tuple(INDEX_VALUES)):
        placeholders = Placeholders()
        text, means = random_condition(self.random, placeholders, list(attributes))
        return placeholders, text, means

    def write(self, table, key, operation, means, new, refused, **arguments):
        """One write whose outcome the model knows: the new item, None for none."""
        old = table.items.get(table.key_of(key))
        wanted_old = self.random.random() < 0.3
        if wanted_old and "ReturnValues" not in arguments:
            arguments["ReturnValues"] = "ALL_OLD"
        try:
            answer = operation(TableName=table.name, **arguments)
            outcome = "ok"
        except ClientError as error:
            outcome = error.response["Error"]["Code"]
            self.done.append(f"  refused: {error.response['Error']}")
        expected = "ok"
        if means is not None and not means(old or {}):
            expected = "ConditionalCheckFailedException"
        elif refused:
            expected = "ValidationException"
        assert outcome == expected, (arguments, old)
        self.counts[outcome] += 1
        if outcome != "ok":
            return
        if arguments.get("ReturnValues") == "ALL_OLD":
            assert canonical_item(answer.get("Attributes", {})) == canonical_item(old or {})
        if arguments.get("ReturnValues") == "ALL_NEW":
            assert canonical_item(answer.get("Attributes", {})) == canonical_item(new or {})
        if new is None:
            table.items.pop(table.key_of(key), None)
        else:
            table.put(new)

    def with_condition(self):
        if self.random.random() < 0.6:
            return Placeholders(), {}, None
        placeholders, text, means = self.condition()
        return placeholders, dict(ConditionExpression=text), means

    def put(self, table):
        item = self.item(table)
        placeholders, arguments, means = self.with_condition()
        self.write(table, item, self.dynamodb.put_item, means, item, False, Item=item, **arguments, **placeholders.arguments())

    def put_what_an_index_refuses(self, table):
        name = self.random.choice(sorted({n for index in table.indexes.values() for n in index.hash + index.range}
                                         - set(table.keys)))
        item = {**self.item(table), name: {"BOOL": True}}
        self.write(table, item, self.dynamodb.put_item, None, None, True, Item=item)

    def delete(self, table):
        key = self.key(table)
        placeholders, arguments, means = self.with_condition()
        self.write(table, key, self.dynamodb.delete_item, means, None, False, Key=key, **arguments, **placeholders.arguments())

    def update(self, table):
        key = self.key(table)
        placeholders, arguments, means = self.with_condition()
        text, effect, creates = random_update(self.random, placeholders, FREE + list(INDEX_VALUES), INDEX_VALUES)
        is_there = table.key_of(key) in table.items
        try:
            new, refused = effect(table.items.get(table.key_of(key), key)), False
            if not is_there and not creates:
                new = None
        except Refused:
            new, refused = None, True
        if self.random.random() < 0.5:
            arguments["ReturnValues"] = "ALL_NEW"
        self.write(table, key, self.dynamodb.update_item, means, new, refused, Key=key, UpdateExpression=text, **arguments,
                   **placeholders.arguments())

    def batch_write(self, table):
        requests, changes = [], {}
        for _ in range(self.random.randrange(1, 12)):
            item = self.item(table)
            key = table.key_of(item)
            if key in changes:
                continue
            changes[key] = item if self.random.random() < 0.7 else None
            requests.append(dict(PutRequest=dict(Item=item)) if changes[key] else dict(DeleteRequest=dict(Key=table.key_map(item))))
        answer = self.dynamodb.batch_write_item(RequestItems={table.name: requests})
        assert not answer["UnprocessedItems"]
        for key, item in changes.items():
            if item:
                table.items[key] = item
            else:
                table.items.pop(key, None)

    # ---- what is read

    def get(self, table):
        key = self.key(table)
        found = self.dynamodb.get_item(TableName=table.name, Key=key, ConsistentRead=True).get("Item", {})
        assert canonical_item(found) == canonical_item(table.items.get(table.key_of(key), {}))

    def filtered(self, source, arguments, can_filter):
        """Adds a filter and a projection to a request now and then: what of `source` is to come back."""
        placeholders = arguments.pop("placeholders", Placeholders())
        if can_filter and self.random.random() < 0.5:
            text, means = random_condition(self.random, placeholders, FREE)
            arguments["FilterExpression"] = text
            source = [item for item in source if means(item)]
        if can_filter and self.random.random() < 0.3:
            names = self.random.sample(FREE + ["pk"], 3)
            arguments["ProjectionExpression"] = ", ".join(placeholders.name(name) for name in names)
            source = [{name: item[name] for name in names if name in item} for item in source]
        arguments.update(placeholders.arguments())
        if self.random.random() < 0.3:
            arguments["limit"] = self.random.randrange(1, 6)
        return source

    def source(self, table):
        """A table or one of its indexes: (arguments, hash names, range names, its items, whether all attributes are there)."""
        index = self.random.choice([None, *table.indexes.values()])
        if index is None:
            return dict(TableName=table.name), table.keys[:1], table.keys[1:], list(table.items.values()), True
        arguments = dict(TableName=table.name, IndexName=index.name)
        return arguments, index.hash, index.range, table.entries(index), index.projection == "ALL"

    def scan(self, table):
        arguments, _, _, items, has_all = self.source(table)
        items = self.filtered(items, arguments, has_all)
        segments = self.random.choice([1, 1, 3])
        found = []
        for segment in range(segments):
            split = dict(Segment=segment, TotalSegments=segments) if segments > 1 else {}
            found += self.all_pages(self.dynamodb.scan, **arguments, **split)
        assert_same(found, items, arguments)

    def query(self, table):
        arguments, hash_names, range_names, items, has_all = self.source(table)
        if not items:
            return
        wanted = self.random.choice(items)
        placeholders = Placeholders()
        conditions = []
        for name in hash_names:
            conditions.append(f"{placeholders.name(name)} = {placeholders.value(wanted[name])}")
            items = [item for item in items if canonical(item[name]) == canonical(wanted[name])]
        if range_names and self.random.random() < 0.6:
            name, = range_names[:1]
            value = wanted[name]
            sign, keeps = self.random.choice([("=", lambda a, b: a == b), ("<=", lambda a, b: a <= b),
                                              (">", lambda a, b: a > b)])
            conditions.append(f"{placeholders.name(name)} {sign} {placeholders.value(value)}")
            items = [item for item in items if keeps(canonical(item[name])[1], canonical(value)[1])]
        arguments.update(KeyConditionExpression=" AND ".join(conditions), placeholders=placeholders)
        forward = self.random.random() < 0.5
        arguments["ScanIndexForward"] = forward
        items = self.filtered(items, arguments, has_all)
        found = self.all_pages(self.dynamodb.query, **arguments)
        assert_same(found, items, arguments)
        if "ProjectionExpression" not in arguments:
            order = [tuple(canonical(item[name])[1] for name in range_names) for item in found]
            assert order == sorted(order, reverse=not forward), arguments

    # ---- what changes of a table, and of the server

    def change_indexes(self, table):
        """A global index comes or goes; meanwhile others write."""
        extra = [index for index in table.indexes.values() if index.name.startswith("extra")]
        if extra and (len(extra) > 2 or self.random.random() < 0.5):
            gone = self.random.choice(extra)
            self.done.append(f"  goes: {gone.name}")
            self.dynamodb.update_table(TableName=table.name, GlobalSecondaryIndexUpdates=[dict(Delete=dict(IndexName=gone.name))])
            del table.indexes[gone.name]
        else:
            names = self.random.sample(list(INDEX_VALUES), self.random.randrange(1, 4))
            hashes = self.random.randrange(1, len(names) + 1)
            projection = self.random.choice(["ALL", "KEYS_ONLY", "INCLUDE"])
            index = Index(f"extra-{self.random.randrange(10**6)}", names[:hashes], names[hashes:], projection,
                          self.random.sample(FREE, 2) if projection == "INCLUDE" else ())
            self.done.append(f"  comes: {index.definition()}")
            self.dynamodb.update_table(
                TableName=table.name, GlobalSecondaryIndexUpdates=[dict(Create=index.definition())],
                AttributeDefinitions=[dict(AttributeName=name, AttributeType=KEY_TYPES[name]) for name in names])
            table.indexes[index.name] = index
        self.burst(table, kills=self.random.random() < 0.25)

    def burst(self, table, kills):
        """Four writers at once, each on keys of its own. When the server is killed meanwhile, of the writes without an answer
        each may have happened or not, as a whole."""
        plans = [[], [], [], []]
        for _ in range(60):
            item = self.item(table)
            writer = int(table.key_of(item)[0][1][1:]) % 4
            plans[writer].append((item, self.random.random() < 0.8))
        unanswered = []

        def write(plan):
            for item, is_put in plan:
                try:
                    if is_put:
                        self.dynamodb.put_item(TableName=table.name, Item=item)
                    else:
                        self.dynamodb.delete_item(TableName=table.name, Key=table.key_map(item))
                except (BotoCoreError, ClientError):
                    assert kills
                    unanswered.append((item, is_put))
                    return
                if is_put:
                    table.put(item)
                else:
                    table.items.pop(table.key_of(item), None)

        threads = [threading.Thread(target=write, args=(plan,)) for plan in plans]
        for thread in threads:
            thread.start()
        if kills:
            time.sleep(self.random.random() * 0.05)  # anywhere in the burst
            self.server.kill()
        for thread in threads:
            thread.join()
        if not kills:
            return
        self.counts["kills"] += 1
        self.start()
        for item, is_put in unanswered:
            found = self.dynamodb.get_item(TableName=table.name, Key=table.key_map(item), ConsistentRead=True).get("Item")
            before = table.items.get(table.key_of(item))
            after = item if is_put else None
            possible = [canonical_item(each or {}) for each in (before, after)]
            assert canonical_item(found or {}) in possible
            if found is None:
                table.items.pop(table.key_of(item), None)
            else:
                table.put(found)

    def move_clock(self, seconds):
        self.clock_offset += seconds
        request = urllib.request.Request(self.server.endpoint + "/_dray/dev/clock", method="POST",
                                         data=json.dumps(dict(offset_seconds=self.clock_offset)).encode())
        with urllib.request.urlopen(request, timeout=20) as response:
            assert response.status == 200

    def now(self):
        return int(time.time()) + self.clock_offset

    def expire(self, table):
        """Items with an end, some of which has come; then the clock passes another's."""
        if not table.expires:
            self.dynamodb.update_time_to_live(TableName=table.name,
                                              TimeToLiveSpecification=dict(Enabled=True, AttributeName="until"))
            table.expires = True
        for _ in range(4):
            item = {**self.item(table), "until": number(self.now() + self.random.choice([-1000, -10, 500, 100_000_000]))}
            self.dynamodb.put_item(TableName=table.name, Item=item)
            table.put(item)
        if self.random.random() < 0.5:
            self.move_clock(1000)
        for each in self.tables:
            if each.expires:
                self.wait_for_expiry(each)

    def wait_for_expiry(self, table):
        expired = [key for key, item in table.items.items()
                   if "N" in item.get("until", {}) and int(item["until"]["N"]) < self.now()]
        for key in expired:
            del table.items[key]
        until = time.monotonic() + 30
        while self.dynamodb.describe_table(TableName=table.name)["Table"]["ItemCount"] > len(table.items):
            assert time.monotonic() < until, "items do not expire"
            time.sleep(0.02)

    def restart(self, _):
        if self.random.random() < 0.5:
            self.server.kill()
        else:
            assert self.server.stop() == 0
        self.start()
        for table in self.tables:
            self.compare(table)

    # ---- the run

    def step(self):
        operations = [(self.put, 16), (self.update, 26), (self.delete, 8), (self.batch_write, 6), (self.get, 4),
                      (self.query, 20), (self.scan, 10), (self.put_what_an_index_refuses, 2), (self.change_indexes, 4),
                      (self.expire, 2), (self.restart, 1.5)]
        operation, = self.random.choices([each for each, _ in operations], [weight for _, weight in operations])
        table = self.random.choice(self.tables)
        self.done.append(f"{operation.__name__} {table.name}")
        self.counts[operation.__name__] += 1
        operation(table)
        self.compare(table)

    def export(self, table):
        """What an export of now holds; it never reads an index."""
        s3 = self.server.client("s3", OWNER)
        arn = self.dynamodb.export_table_to_point_in_time(
            TableArn=f"arn:aws:dynamodb:{REGION}:{OWNER}:table/{table.name}", S3Bucket=BUCKET,
            S3Prefix=table.name)["ExportDescription"]["ExportArn"]
        until = time.monotonic() + 60
        while True:
            described = self.dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
            if described["ExportStatus"] != "IN_PROGRESS":
                break
            assert time.monotonic() < until, described
            time.sleep(0.02)
        assert described["ExportStatus"] == "COMPLETED", described
        assert described["ItemCount"] == len(table.items)
        keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix=table.name)["Contents"]]
        lines = [line for key in keys if "/data/" in key
                 for line in gzip.decompress(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()).splitlines()]
        exported = [json.loads(line)["Item"] for line in lines]
        assert sorted(item["pk"]["S"] for item in exported) == sorted(item["pk"]["S"] for item in table.items.values())


def assert_same(found, expected, what):
    found = collections.Counter(canonical_item(item) for item in found)
    expected = collections.Counter(canonical_item(item) for item in expected)
    assert found == expected, f"{what}: too many {list((found - expected).elements())}, missing " \
                              f"{list((expected - found).elements())}"


def test_random_operations_leave_what_the_model_says(tmp_path):
    print(f"DRAY_TEST_SEED={SEED} DRAY_MODEL_STEPS={STEPS}")
    run = Run(tmp_path)
    run.start()
    try:
        run.server.client("s3", OWNER).create_bucket(Bucket=BUCKET)
        run.create()
        for _ in range(STEPS):
            run.step()
        for table in run.tables:
            run.compare(table)
            run.export(table)
        assert run.server.stop() == 0
    finally:
        print("last operations:", *run.done, sep="\n")
        print(dict(run.counts))
        if run.server.process is not None:
            run.server.kill()
