"""Imports into existing tables: ImportIntoTable in its modes, transforms, ApplyIncrementals and Undo, with indexes and recovery on."""

import gzip
import hashlib
import hmac
import json
import time
import urllib.request
import uuid

import pytest

from dray_server import DrayServer
from dynamodb_fixtures import OWNER, definition, table_arn
from iam_fixtures import new_user, statement
from raw_dynamodb import raw

OWN = "Dray_20261122"
BUCKET = "into-bucket"
MINUTE = 60
KEY = "a key of sixteen bytes or more"


class Service:
    """A server whose clock can be moved, and what the tests do with it."""

    def __init__(self, server):
        self.server = server
        self.offset = 0
        self.dynamodb = server.client("dynamodb", OWNER, parameter_validation=False)
        self.s3 = server.client("s3", OWNER)
        self.s3.create_bucket(Bucket=BUCKET)

    def now(self):
        return time.time() + self.offset

    def move_clock(self, seconds):
        self.offset += seconds
        body = json.dumps(dict(offset_seconds=self.offset)).encode()
        urllib.request.urlopen(urllib.request.Request(self.server.endpoint + "/_dray/dev/clock", data=body, method="POST")).read()

    def call(self, operation, api=OWN, **body):
        status, answer = raw(self.server, operation, {"ClientToken": uuid.uuid4().hex, **body}, OWNER, api)
        assert status == 200, answer
        return answer["ImportTableDescription" if api == OWN else "ExportDescription"]

    def refused(self, operation, error, **body):
        status, answer = raw(self.server, operation, {"ClientToken": uuid.uuid4().hex, **body}, OWNER, OWN)
        assert status == 400 and answer["__type"].endswith("#" + error), answer
        return answer["message"]

    def ended(self, description, timeout=60):
        kind = "Export" if "ExportArn" in description else "Import"
        until = time.monotonic() + timeout
        while description[kind + "Status"] == "IN_PROGRESS":
            assert time.monotonic() < until, description
            time.sleep(0.05)
            _, answer = raw(self.server, "Describe" + kind, {kind + "Arn": description[kind + "Arn"]}, OWNER)
            description = answer["ExportDescription" if kind == "Export" else "ImportTableDescription"]
        return description

    def completed(self, description):
        done = self.ended(description)
        assert "COMPLETED" in (done.get("ImportStatus"), done.get("ExportStatus")), done
        return done

    def make_table(self, indexed=True, recovery=True):
        name = f"t-{uuid.uuid4().hex[:12]}"
        spec = definition(pk="S")
        if indexed:
            spec["AttributeDefinitions"] = spec["AttributeDefinitions"] + [dict(AttributeName="g", AttributeType="S")]
            spec["GlobalSecondaryIndexes"] = [dict(IndexName="by-g", KeySchema=[dict(AttributeName="g", KeyType="HASH")],
                                                   Projection=dict(ProjectionType="ALL"))]
        self.dynamodb.create_table(TableName=name, **spec)
        if recovery:
            self.enable_recovery(name)
        return name

    def enable_recovery(self, name):
        self.dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))

    def put_source(self, prefix, *objects):
        for number, items in enumerate(objects):
            text = "".join(json.dumps(dict(Item=item)) + "\n" for item in items)
            self.s3.put_object(Bucket=BUCKET, Key=f"{prefix}{number}.json.gz", Body=gzip.compress(text.encode()))

    def into(self, table, prefix, mode, **more):
        return self.call("ImportIntoTable", TableName=table, S3BucketSource=dict(S3Bucket=BUCKET, S3KeyPrefix=prefix),
                         InputFormat="DYNAMODB_JSON", InputCompressionType="GZIP", Mode=mode, **more)

    def put(self, table, *items):
        for item in items:
            self.dynamodb.put_item(TableName=table, Item=item)

    def items(self, table):
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return {item["pk"]["S"]: item for page in pages for item in page["Items"]}

    def indexed(self, table, value):
        found = self.dynamodb.query(TableName=table, IndexName="by-g", KeyConditionExpression="g = :g",
                                    ExpressionAttributeValues={":g": {"S": value}})["Items"]
        return {item["pk"]["S"]: item for item in found}

    def export(self, table, prefix, **more):
        return self.completed(self.call("ExportTableToPointInTime", "DynamoDB_20120810", TableArn=table_arn(table), S3Bucket=BUCKET,
                                        S3Prefix=prefix, **more))

    def increment(self, table, prefix, begin, end, view="NEW_AND_OLD_IMAGES", form="DYNAMODB_JSON"):
        return self.export(table, prefix, ExportType="INCREMENTAL_EXPORT", ExportFormat=form, IncrementalExportSpecification=dict(
            ExportFromTime=begin, ExportToTime=end, ExportViewType=view))["ExportManifest"]

    def apply(self, table, *manifests, **more):
        return self.call("ApplyIncrementals", TableName=table, S3Bucket=BUCKET, Manifests=list(manifests), **more)


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    server = DrayServer(tmp_path_factory.mktemp("into"), "--dev")
    server.credentials[OWNER] = OWNER, "any"
    server.start()
    yield Service(server)
    assert server.stop() == 0


def item(pk, **attributes):
    return {"pk": {"S": pk}, **{name: {"S": value} for name, value in attributes.items()}}


def counts(description):
    """(imported, inserted, updated, unchanged, deleted, skipped, filtered, errors), which add up."""
    found = [description[name + "Count"] for name in ("ImportedItem", "InsertedItem", "UpdatedItem", "UnchangedItem", "DeletedItem",
                                                      "SkippedItem", "FilteredItem", "Error")]
    assert description["ProcessedItemCount"] == found[0] + found[5] + found[6] + found[7]
    assert found[0] == sum(found[1:5])
    return tuple(found)


OLD = [item("kept", g="old", v="1"), item("same", g="both", v="2"), item("both", g="old", only="table")]
NEW = [item("same", g="both", v="2"), item("both", g="new", more="record"), item("fresh", g="new")]


@pytest.mark.parametrize("mode, counted, both", [
    ("INSERT", (1, 1, 0, 0, 0, 2, 0, 0), item("both", g="old", only="table")),
    ("REPLACE", (3, 1, 1, 1, 0, 0, 0, 0), item("both", g="new", more="record")),
    ("MERGE", (3, 1, 1, 1, 0, 0, 0, 0), item("both", g="new", only="table", more="record"))])
def test_a_mode_says_what_becomes_of_items_that_are_there(service, mode, counted, both):
    table = service.make_table()
    service.put(table, *OLD)
    service.put_source(f"modes-{mode}/", NEW)
    dry = service.completed(service.into(table, f"modes-{mode}/", mode, DryRun=True))
    assert counts(dry) == counted and dry["DryRun"] is True
    assert service.items(table) == {one["pk"]["S"]: one for one in OLD}
    begin = service.now()
    started = service.into(table, f"modes-{mode}/", mode)
    assert (started["Mode"], started["DryRun"], started["InputFormat"]) == (mode, False, "DYNAMODB_JSON")
    assert "TableCreationParameters" not in started and started["ImportArn"].startswith(table_arn(table) + "/import/")
    done = service.completed(started)
    assert counts(done) == counted and done["ProcessedSizeBytes"] > 0
    expected = {one["pk"]["S"]: one for one in OLD} | {"both": both, "fresh": NEW[2]}
    assert service.items(table) == expected
    # The indexes saw the writes, and so did the change log: an incremental export holds them and nothing else.
    for value in ("old", "new", "both"):
        assert service.indexed(table, value) == {pk: one for pk, one in expected.items() if one["g"]["S"] == value}
    service.move_clock(20 * MINUTE)
    manifest = json.loads(service.s3.get_object(Bucket=BUCKET, Key=service.increment(
        table, f"after-{mode}", begin, begin + 16 * MINUTE))["Body"].read())
    changed = {}
    for line in service.s3.get_object(Bucket=BUCKET, Key=manifest["manifestFilesS3Key"])["Body"].read().splitlines():
        body = service.s3.get_object(Bucket=BUCKET, Key=json.loads(line)["dataFileS3Key"])["Body"].read()
        for record in map(json.loads, gzip.decompress(body).splitlines()):
            changed[record["Keys"]["pk"]["S"]] = record["NewImage"]
    assert changed == {pk: expected[pk] for pk in ({"fresh"} if mode == "INSERT" else {"fresh", "both"})}


def test_bad_records_are_counted_and_logged_and_the_rest_is_written(service):
    table = service.make_table()
    service.put(table, {**item("large", g="x"), "b": {"S": "x" * 300_000}})
    service.put_source("bad/", [item("good", g="a"), {"g": {"S": "a"}}, {"pk": {"S": "typed"}, "g": {"N": "1"}},
                                {**item("large"), "c": {"S": "x" * 300_000}}, item("last")])
    done = service.ended(service.into(table, "bad/", "MERGE"))
    assert (done["ImportStatus"], done["FailureCode"]) == ("FAILED", "ItemValidationError")
    assert counts(done) == (2, 2, 0, 0, 0, 0, 0, 3)
    assert set(service.items(table)) == {"good", "last", "large"}


def test_csv_comes_in_with_the_types_of_the_tables_keys(service):
    table = service.make_table()
    service.put(table, item("both", g="old", only="table"))
    service.s3.put_object(Bucket=BUCKET, Key="csv/1", Body=b"both;new;5\nfresh;;6\n")
    done = service.completed(service.call(
        "ImportIntoTable", TableName=table, S3BucketSource=dict(S3Bucket=BUCKET, S3KeyPrefix="csv/"), InputFormat="CSV", Mode="MERGE",
        InputFormatOptions=dict(Csv=dict(Delimiter=";", HeaderList=["pk", "g", "n"]))))
    assert counts(done) == (2, 1, 1, 0, 0, 0, 0, 0)
    assert service.items(table) == {"both": item("both", g="new", only="table", n="5"), "fresh": item("fresh", n="6")}
    assert set(service.indexed(table, "new")) == {"both"}


def test_tokens_tables_and_members_are_checked_at_once(service):
    table = service.make_table()
    service.put_source("checked/", NEW)
    body = dict(ClientToken="one-token", TableName=table, S3BucketSource=dict(S3Bucket=BUCKET, S3KeyPrefix="checked/"),
                InputFormat="DYNAMODB_JSON", InputCompressionType="GZIP", Mode="INSERT",
                Transforms=[dict(Mask=dict(Attribute="v", Method="HASH", Key=KEY))])
    first = service.completed(service.call("ImportIntoTable", **body))
    assert service.call("ImportIntoTable", **body)["ImportArn"] == first["ImportArn"]
    for change in (dict(Mode="MERGE"), dict(Transforms=[dict(Mask=dict(Attribute="v", Method="HASH", Key=KEY + "!"))])):
        service.refused("ImportIntoTable", "ImportConflictException", **{**body, **change})
    body["ClientToken"] = "another"
    service.refused("ImportIntoTable", "ResourceNotFoundException", **{**body, "TableName": "absent"})
    for change, words in ((dict(Mode="X"), "enum value set: [INSERT, REPLACE, MERGE]"),
                          (dict(Transforms=[dict(Drop=["pk"])]), "pk is a key attribute")):
        assert words in service.refused("ImportIntoTable", "ValidationException", **{**body, **change})
    parameters = dict(TableName="xyz", **definition(pk="S"))
    status, answer = raw(service.server, "ImportTable", {**body, "TableCreationParameters": parameters}, OWNER)
    assert status == 400 and "Transforms" in answer["message"]
    chain = dict(TableName=table, S3Bucket=BUCKET, Manifests=["a", "b"])
    assert "exactly one" in service.refused("ApplyIncrementals", "ValidationException", **chain, Undo=True)
    assert "Transforms" in service.refused("ApplyIncrementals", "ValidationException", **chain, Transforms=[dict(Drop=["a"])])
    assert "twice" in service.refused("ApplyIncrementals", "ValidationException", **{**chain, "Manifests": ["a", "a"]})
    _, listed = raw(service.server, "ListImports", dict(TableArn=table_arn(table)), OWNER)
    assert [(one["ImportArn"], one["Mode"]) for one in listed["ImportSummaryList"]] == [(first["ImportArn"], "INSERT")]


def masked(text):
    return hmac.new(KEY.encode(), b"S" + text.encode(), hashlib.sha256).hexdigest()


def test_transforms_mask_alike_across_tables_and_keep_their_key_secret(service):
    transforms = [dict(Filter=dict(Expression="#s = :s", ExpressionAttributeNames={"#s": "status"},
                                   ExpressionAttributeValues={":s": {"S": "live"}})),
                  dict(Drop=["status"]), dict(Rename=dict(From="mail", To="g")),
                  dict(Mask=dict(Attribute="g", Method="HASH", Key=KEY)), dict(Mask=dict(Attribute="note", Method="TEXT", Text="-"))]
    source = [item("a", status="live", mail="a@example.com", note="n"), item("b", status="gone", mail="b@example.com"),
              item("c", status="live", mail="a@example.com")]
    service.put_source("masked/", source)
    expected = {"a": item("a", g=masked("a@example.com"), note="-"), "c": item("c", g=masked("a@example.com"))}
    existing = service.make_table()
    first = service.completed(service.into(existing, "masked/", "REPLACE", Transforms=transforms))
    new = f"t-{uuid.uuid4().hex[:12]}"
    mark = service.server.log_position()
    second = service.completed(service.call(
        "ImportTable", S3BucketSource=dict(S3Bucket=BUCKET, S3KeyPrefix="masked/"), InputFormat="DYNAMODB_JSON",
        InputCompressionType="GZIP", TableCreationParameters=dict(TableName=new, **definition(pk="S")), Transforms=transforms))
    for table, done in ((existing, first), (new, second)):
        assert service.items(table) == expected
        assert (done["ProcessedItemCount"], done["ImportedItemCount"], done["FilteredItemCount"], done["ErrorCount"]) == (3, 2, 1, 0)
        assert done["Transforms"][3] == dict(Mask=dict(Attribute="g", Method="HASH")) and KEY not in json.dumps(done)
    assert service.indexed(existing, masked("a@example.com")) == expected
    assert not [line for line in service.server.log_since(mark) if KEY in line]
    folder = service.server.data
    held = [path for path in folder.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert not held, "the key of a mask is on disk in the clear"


@pytest.fixture(scope="module")
def chain(service):
    """A table, a full export, and three incremental ones, the second in Ion; what it held at each cut."""
    table = service.make_table(indexed=False)
    service.put(table, *(item(f"i{number}", g="full") for number in range(40)))
    service.move_clock(MINUTE)
    full = service.export(table, "chain")
    cuts, at, manifests, states = [full["ExportTime"]], full["ExportTime"], [], [service.items(table)]
    for number, form in enumerate(("DYNAMODB_JSON", "ION", "DYNAMODB_JSON")):
        time.sleep(0.01)
        service.put(table, *(item(f"i{one}", g=f"change-{number}") for one in range(number, 40, 3)), item(f"new{number}", g="new"))
        service.dynamodb.delete_item(TableName=table, Key={"pk": {"S": f"i{number}"}})
        service.move_clock(20 * MINUTE)
        end = int(service.now()) - 1
        states.append(service.items(table))
        manifests.append(service.increment(table, "chain", at, end, form=form))
        cuts.append(end)
        at = end
    return dict(table=table, prefix=full["ExportManifest"].rsplit("/", 1)[0] + "/data/", manifests=manifests, states=states, cuts=cuts)


def imported(service, chain):
    name = f"t-{uuid.uuid4().hex[:12]}"
    spec = definition(pk="S")
    spec["AttributeDefinitions"] = spec["AttributeDefinitions"] + [dict(AttributeName="g", AttributeType="S")]
    spec["GlobalSecondaryIndexes"] = [dict(IndexName="by-g", KeySchema=[dict(AttributeName="g", KeyType="HASH")],
                                           Projection=dict(ProjectionType="ALL"))]
    service.completed(service.call("ImportTable", S3BucketSource=dict(S3Bucket=BUCKET, S3KeyPrefix=chain["prefix"]),
                                   InputFormat="DYNAMODB_JSON", InputCompressionType="GZIP",
                                   TableCreationParameters=dict(TableName=name, **spec)))
    service.enable_recovery(name)
    assert service.items(name) == chain["states"][0]
    return name


def test_a_chain_is_applied_in_order_and_undone_from_its_end(service, chain):
    table = imported(service, chain)
    one, two, three = chain["manifests"]
    done = service.completed(service.apply(table, two, one, DryRun=True))  # in any order
    assert service.items(table) == chain["states"][0] and "AppliedTo" not in done
    done = service.completed(service.apply(table, two, one))
    assert service.items(table) == chain["states"][2]
    assert (done["Mode"], done["ErrorCount"], done["AppliedTo"]) == ("APPLY", 0, chain["cuts"][2])
    assert done["Manifests"] == sorted([one, two])
    assert done["InsertedItemCount"] and done["UpdatedItemCount"] and done["DeletedItemCount"]
    # The next begins where these ended, which the table's earlier jobs tell.
    done = service.completed(service.apply(table, three))
    assert service.items(table) == chain["states"][3]
    for value in ("full", "new", "change-0", "change-2"):
        assert service.indexed(table, value) == {pk: held for pk, held in chain["states"][3].items() if held["g"]["S"] == value}
    failed = service.ended(service.apply(table, two, Undo=True))
    assert failed["FailureCode"] == "IncrementalChainInvalid" and "the last incremental is undone first" in failed["FailureMessage"]
    assert service.items(table) == chain["states"][3]
    for manifest, state in ((three, 2), (two, 1), (one, 0)):
        done = service.completed(service.apply(table, manifest, Undo=True))
        assert (done["Mode"], done["AppliedTo"]) == ("UNDO", chain["cuts"][state])
        assert service.items(table) == chain["states"][state]
    service.completed(service.apply(table, one))
    assert service.items(table) == chain["states"][1]


def test_undo_leaves_what_was_changed_since_unless_forced(service, chain):
    table = imported(service, chain)
    one = chain["manifests"][0]
    service.completed(service.apply(table, one))
    service.put(table, item("new0", g="mine"))
    failed = service.ended(service.apply(table, one, Undo=True))
    assert (failed["FailureCode"], failed["ErrorCount"]) == ("ItemValidationError", 1) and "Force" in failed["FailureMessage"]
    assert service.items(table) == chain["states"][0] | {"new0": item("new0", g="mine")}
    done = service.completed(service.apply(table, one, Undo=True, Force=True))
    assert service.items(table) == chain["states"][0] and done["Force"] is True


def test_a_chain_that_is_not_whole_changes_nothing(service, chain):
    table = imported(service, chain)
    one, two, three = chain["manifests"]
    summary = json.loads(service.s3.get_object(Bucket=BUCKET, Key=two)["Body"].read())
    files = service.s3.get_object(Bucket=BUCKET, Key=summary["manifestFilesS3Key"])["Body"].read().splitlines()
    broken = max((json.loads(line) for line in files), key=lambda file: file["itemCount"])["dataFileS3Key"]
    body = service.s3.get_object(Bucket=BUCKET, Key=broken)["Body"].read()

    def fails(words, *manifests, **more):
        failed = service.ended(service.apply(table, *manifests, **more))
        assert (failed["ImportStatus"], failed["FailureCode"]) == ("FAILED", "IncrementalChainInvalid"), failed
        assert words in failed["FailureMessage"]
        assert service.items(table) == chain["states"][0]

    fails("one between them is missing", one, three)
    fails("but the table is a copy as of", two)
    fails("is missing", one, two + ".gone")
    fails("full export", chain["prefix"].rsplit("/", 2)[0] + "/manifest-summary.json")
    service.s3.put_object(Bucket=BUCKET, Key=broken, Body=gzip.compress(gzip.decompress(body).replace(b"change-1", b"forged-1")))
    fails(broken + " has the MD5", one, two)
    service.s3.put_object(Bucket=BUCKET, Key=broken, Body=body)  # another ETag than the manifest's, the same bytes
    service.completed(service.apply(table, one, two))
    assert service.items(table) == chain["states"][2]


def test_where_a_chain_begins_has_to_be_known_or_said(service, chain):
    table = service.make_table(indexed=False, recovery=False)
    failed = service.ended(service.apply(table, chain["manifests"][0]))
    assert "It is not known" in failed["FailureMessage"] and service.items(table) == {}
    service.completed(service.into(table, chain["prefix"], "INSERT"))
    service.completed(service.apply(table, chain["manifests"][0]))
    assert service.items(table) == chain["states"][1]
    other = service.make_table(indexed=False, recovery=False)
    service.put(other, *chain["states"][0].values())
    service.completed(service.apply(other, *chain["manifests"], From=chain["cuts"][0]))
    assert service.items(other) == chain["states"][3]


def test_masked_tables_are_not_brought_on_by_what_is_not_masked(service, chain):
    table = service.make_table(indexed=False)
    mask = dict(Mask=dict(Attribute="g", Method="TEXT", Text="-"))
    service.completed(service.into(table, chain["prefix"], "INSERT", Transforms=[mask]))
    failed = service.ended(service.apply(table, chain["manifests"][0]))
    assert failed["FailureCode"] == "IncrementalChainInvalid" and "Transforms" in failed["FailureMessage"]
    assert {one["g"]["S"] for one in service.items(table).values()} == {"-"}


def begun(service, table, prefix):
    """An import that has written something and has more to write."""
    service.put_source(prefix, *[[{**item(f"{part}-{number}"), "text": {"S": "x" * 2000}} for number in range(3000)]
                                 for part in range(4)])
    started = service.into(table, prefix, "REPLACE")
    until = time.monotonic() + 30
    while True:
        _, answer = raw(service.server, "DescribeImport", dict(ImportArn=started["ImportArn"]), OWNER)
        if answer["ImportTableDescription"]["ImportedItemCount"]:
            return started
        assert time.monotonic() < until


def test_a_table_deleted_meanwhile_ends_the_import_with_its_name(service):
    table = service.make_table()
    started = begun(service, table, "deleted/")
    service.dynamodb.delete_table(TableName=table)
    failed = service.ended(started)
    assert (failed["ImportStatus"], failed["FailureCode"]) == ("FAILED", "TableNotFound") and table in failed["FailureMessage"]


def test_what_a_cancelled_import_wrote_stays(service):
    table = service.make_table()
    started = begun(service, table, "cancelled/")
    status, _ = raw(service.server, "CancelJob", dict(JobArn=started["ImportArn"]), OWNER, OWN)
    assert status == 200
    failed = service.ended(started)
    assert (failed["ImportStatus"], failed["FailureCode"]) == ("FAILED", "Cancelled")
    assert len(service.items(table)) == failed["ImportedItemCount"] == counts(failed)[1] > 0


def test_every_import_asks_for_its_own_action_and_the_writes(tmp_path):
    server = DrayServer(tmp_path)
    server.start()
    try:
        server.create_account(OWNER)
        iam = server.client("iam", OWNER)
        for name, action in (("writer", "dynamodb:*"), ("importer", "dray:*")):
            server.credentials[name] = new_user(iam, name, statement(action))
        body = dict(ClientToken="t", TableName="some", Mode="INSERT", S3BucketSource=dict(S3Bucket=BUCKET), InputFormat="DYNAMODB_JSON")
        for operation, more in (("ImportIntoTable", {}), ("ApplyIncrementals", dict(S3Bucket=BUCKET, Manifests=["m"]))):
            for name, missing in (("writer", "dray:" + operation), ("importer", "dynamodb:PutItem")):
                status, answer = raw(server, operation, {**body, **more}, name, OWN)
                assert status == 400 and answer["__type"].endswith("#AccessDeniedException"), answer
                assert answer["message"].endswith(f"because no identity-based policy allows the {missing} action")
            foreign = "arn:aws:dynamodb:us-east-1:444455556666:table/theirs"
            status, answer = raw(server, operation, {**body, **more, "TableName": foreign}, OWNER, OWN)
            assert answer["message"] == "This action is only supported by accounts that match the resource owner’s account."
    finally:
        server.stop()
