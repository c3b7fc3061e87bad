"""Restores bring back exactly the items of their moment, while writers go on, and the settings and indexes of it; backups hold
their cut whatever happens to the table."""

import datetime
import random
import threading
import time
import urllib.request

import pytest

from botocore.exceptions import ClientError

from dynamodb_fixtures import OTHER, OWNER, dynamodb, make_table, server, table_arn  # noqa: F401
from dray_server import DrayServer

UTC = datetime.timezone.utc
RECORDED = dict(PointInTimeRecoveryEnabled=True)
INDEXED = dict(
    BillingMode="PAY_PER_REQUEST",
    AttributeDefinitions=[dict(AttributeName=name, AttributeType=type) for name, type in dict(pk="S", sk="N", group="S", rank="N").items()],
    KeySchema=[dict(AttributeName="pk", KeyType="HASH"), dict(AttributeName="sk", KeyType="RANGE")],
    LocalSecondaryIndexes=[dict(IndexName="by-rank", Projection=dict(ProjectionType="ALL"), KeySchema=[
        dict(AttributeName="pk", KeyType="HASH"), dict(AttributeName="rank", KeyType="RANGE")])],
    GlobalSecondaryIndexes=[dict(IndexName="by-group", Projection=dict(ProjectionType="KEYS_ONLY"), KeySchema=[
        dict(AttributeName="group", KeyType="HASH")])])


def refusal(call, **arguments):
    """The error's name and message."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def record(dynamodb, name):
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=RECORDED)


def scan(dynamodb, table, **more):
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, **more)
    return [item for page in pages for item in page["Items"]]


def contents(dynamodb, table, **more):
    found = scan(dynamodb, table, **more)
    by_key = {(item["pk"]["S"], item.get("sk", dict(N="0"))["N"]): item for item in found}
    assert len(by_key) == len(found)
    return by_key


def wait_until_active(dynamodb, table, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = dynamodb.describe_table(TableName=table)["Table"]
        if found["TableStatus"] == "ACTIVE":
            assert "RestoreSummary" not in found
            return found
        assert found["TableStatus"] == "CREATING" and found["RestoreSummary"]["RestoreInProgress"] is True
        time.sleep(0.02)
    raise AssertionError(f"{table} was not restored within {seconds} s")


class Writer(threading.Thread):
    """Writes and deletes items of its own partition keys and notes, for each write, between which two moments it took effect."""

    def __init__(self, server, table, number, seed, stop):
        super().__init__()
        self.dynamodb = server.client("dynamodb", OWNER)
        self.table, self.number, self.random, self.stop_event = table, number, random.Random(seed), stop
        self.history = []  # (key, item or None, sent, acknowledged)
        self.error = None

    def run(self):
        try:
            while not self.stop_event.is_set():
                key = dict(pk=dict(S=f"w{self.number}-{self.random.randrange(20)}"), sk=dict(N=str(self.random.randrange(3))))
                item = None
                sent = time.time()
                if self.random.random() < 0.7:
                    item = dict(key, group=dict(S=f"g{self.random.randrange(4)}"), rank=dict(N=str(self.random.randrange(1000))),
                                text=dict(S="x" * self.random.randrange(200)))
                    self.dynamodb.put_item(TableName=self.table, Item=item)
                else:
                    self.dynamodb.delete_item(TableName=self.table, Key=key)
                self.history.append(((key["pk"]["S"], key["sk"]["N"]), item, sent, time.time()))
        except Exception as error:  # shown by the test
            self.error = error

    def check(self, found, moment):
        """Of each key the last write that was surely before the moment, or one that was under way around it."""
        possible = {}
        for key, item, sent, acknowledged in self.history:
            if acknowledged < moment - 0.002:
                possible[key] = [item]
            elif sent <= moment + 0.002:
                possible.setdefault(key, [None]).append(item)
        mine = {key: item for key, item in found.items() if key[0].startswith(f"w{self.number}-")}
        for key in mine.keys() | possible.keys():
            assert mine.get(key) in possible.get(key, [None]), (key, moment)
        return len(possible)


def test_every_moment_comes_back_exactly_while_writers_go_on(server):
    dynamodb = server.client("dynamodb", OWNER)
    table = "Written"
    dynamodb.create_table(TableName=table, **INDEXED)
    record(dynamodb, table)
    stop = threading.Event()
    writers = [Writer(server, table, number, 7 + number, stop) for number in range(3)]
    for writer in writers:
        writer.start()
    try:
        moments = []
        for number in range(3):
            time.sleep(1.1)
            moments.append(int(time.time()))  # clients send whole seconds
            dynamodb.restore_table_to_point_in_time(
                SourceTableName=table, TargetTableName=f"Restored{number}",
                RestoreDateTime=datetime.datetime.fromtimestamp(moments[-1], UTC))
        # The first one once more, when much was written since.
        moments.append(moments[0])
        dynamodb.restore_table_to_point_in_time(SourceTableArn=table_arn(table), TargetTableName="Restored3",
                                                RestoreDateTime=datetime.datetime.fromtimestamp(moments[0], UTC))
        for number in range(4):
            wait_until_active(dynamodb, f"Restored{number}")
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert [writer.error for writer in writers] == [None] * 3
    for number, moment in enumerate(moments):
        restored = f"Restored{number}"
        found = contents(dynamodb, restored)
        assert sum(writer.check(found, moment) for writer in writers) > 20
        described = dynamodb.describe_table(TableName=restored)["Table"]
        assert described["ItemCount"] == len(found)
        # Every item is in each index once, and nothing else is.
        by_group = contents(dynamodb, restored, IndexName="by-group")
        assert {key: item["group"] for key, item in by_group.items()} == {key: item["group"] for key, item in found.items()}
        assert contents(dynamodb, restored, IndexName="by-rank") == found
        assert {index["IndexName"]: index["ItemCount"]
                for kind in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes") for index in described[kind]} == {
            "by-rank": len(found), "by-group": len(found)}
        # It is a table like any other.
        dynamodb.put_item(TableName=restored, Item=dict(pk=dict(S="new"), sk=dict(N="0"), group=dict(S="g-new")))
        assert [item["pk"]["S"] for item in dynamodb.query(
            TableName=restored, IndexName="by-group", KeyConditionExpression="#g = :g", ExpressionAttributeNames={"#g": "group"},
            ExpressionAttributeValues={":g": dict(S="g-new")})["Items"]] == ["new"]
    assert contents(dynamodb, "Restored0").keys() - {("new", "0")} == contents(dynamodb, "Restored3").keys() - {("new", "0")}


def test_settings_of_the_moment(tmp_path):
    server = DrayServer(tmp_path, "--dev")
    server.start()
    server.credentials[OWNER] = (OWNER, "any")
    dynamodb = server.client("dynamodb", OWNER)
    dynamodb.create_table(TableName="Settings", **{**INDEXED, "BillingMode": "PROVISIONED", "ProvisionedThroughput": dict(
        ReadCapacityUnits=3, WriteCapacityUnits=4), "GlobalSecondaryIndexes": [dict(
            INDEXED["GlobalSecondaryIndexes"][0], ProvisionedThroughput=dict(ReadCapacityUnits=5, WriteCapacityUnits=6))]})
    record(dynamodb, "Settings")
    dynamodb.put_item(TableName="Settings", Item=dict(pk=dict(S="a"), sk=dict(N="1"), group=dict(S="g")))
    time.sleep(2.1)
    moment = datetime.datetime.fromtimestamp(int(time.time()), UTC)
    dynamodb.update_table(TableName="Settings", BillingMode="PAY_PER_REQUEST")
    dynamodb.update_table(TableName="Settings", GlobalSecondaryIndexUpdates=[dict(Delete=dict(IndexName="by-group"))])
    dynamodb.tag_resource(ResourceArn=table_arn("Settings"), Tags=[dict(Key="k", Value="v")])
    dynamodb.update_time_to_live(TableName="Settings", TimeToLiveSpecification=dict(Enabled=True, AttributeName="ttl"))
    answer = dynamodb.restore_table_to_point_in_time(SourceTableName="Settings", TargetTableName="Then", RestoreDateTime=moment)
    assert answer["TableDescription"]["TableStatus"] == "CREATING"
    summary = answer["TableDescription"]["RestoreSummary"]
    assert (summary["SourceTableArn"], summary["RestoreInProgress"]) == (table_arn("Settings"), True)
    assert summary["RestoreDateTime"].astimezone(UTC) == moment
    then = wait_until_active(dynamodb, "Then")
    assert then["ProvisionedThroughput"]["ReadCapacityUnits"] == 3
    assert then["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["WriteCapacityUnits"] == 6
    assert dynamodb.list_tags_of_resource(ResourceArn=table_arn("Then"))["Tags"] == []
    assert dynamodb.describe_time_to_live(TableName="Then")["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"
    backups = dynamodb.describe_continuous_backups(TableName="Then")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"
    # The latest restorable time lies five minutes back.
    request = urllib.request.Request(server.endpoint + "/_dray/dev/clock", data=b'{"offset_seconds": 600}', method="POST")
    urllib.request.urlopen(request).read()
    dynamodb.put_item(TableName="Settings", Item=dict(pk=dict(S="late"), sk=dict(N="1")))
    dynamodb.restore_table_to_point_in_time(SourceTableName="Settings", TargetTableName="Latest", UseLatestRestorableTime=True)
    assert "GlobalSecondaryIndexes" not in wait_until_active(dynamodb, "Latest")
    assert contents(dynamodb, "Latest").keys() == {("a", "1")}
    assert server.stop() == 0


def test_overrides(dynamodb):
    dynamodb.create_table(TableName="Overridden", **INDEXED)
    record(dynamodb, "Overridden")
    dynamodb.put_item(TableName="Overridden", Item=dict(pk=dict(S="a"), sk=dict(N="1"), group=dict(S="g")))
    source = dict(SourceTableName="Overridden", UseLatestRestorableTime=True)
    dynamodb.restore_table_to_point_in_time(**source, TargetTableName="NoIndexes", GlobalSecondaryIndexOverride=[],
                                            LocalSecondaryIndexOverride=[])
    found = wait_until_active(dynamodb, "NoIndexes")
    assert "GlobalSecondaryIndexes" not in found and "LocalSecondaryIndexes" not in found
    assert len(found["AttributeDefinitions"]) == 2
    dynamodb.restore_table_to_point_in_time(
        **source, TargetTableName="Provisioned", BillingModeOverride="PROVISIONED",
        ProvisionedThroughputOverride=dict(ReadCapacityUnits=7, WriteCapacityUnits=8),
        GlobalSecondaryIndexOverride=[dict(INDEXED["GlobalSecondaryIndexes"][0],
                                           ProvisionedThroughput=dict(ReadCapacityUnits=9, WriteCapacityUnits=10))])
    found = wait_until_active(dynamodb, "Provisioned")
    assert found["ProvisionedThroughput"]["WriteCapacityUnits"] == 8
    assert found["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 9
    assert found["LocalSecondaryIndexes"][0]["IndexName"] == "by-rank"
    other = dict(INDEXED["GlobalSecondaryIndexes"][0], Projection=dict(ProjectionType="ALL"))
    for index in (other, dict(other, IndexName="invented")):
        error, message = refusal(dynamodb.restore_table_to_point_in_time, **source, TargetTableName="Invented",
                                 GlobalSecondaryIndexOverride=[index])
        assert error == "ValidationException" and "does not match an index of the table" in message


def test_errors(dynamodb, server):
    name = make_table(dynamodb)

    def restore(**more):
        return refusal(dynamodb.restore_table_to_point_in_time, **{"TargetTableName": "Errors", **more})

    latest = dict(UseLatestRestorableTime=True)
    now = datetime.datetime.now(UTC)
    assert restore(SourceTableName="missing", **latest) == ("TableNotFoundException", "Table not found: missing")
    assert restore(SourceTableName=name, **latest) == (
        "PointInTimeRecoveryUnavailableException", f"Point in time recovery is not enabled for table '{name}'")
    record(dynamodb, name)
    for moment in (now - datetime.timedelta(hours=1), now + datetime.timedelta(hours=1)):
        error, message = restore(SourceTableName=name, RestoreDateTime=moment)
        assert error == "InvalidRestoreTimeException" and message.count("Z") == 2, message
    assert restore(SourceTableName=name, SourceTableArn=table_arn(name), **latest)[1] == (
        "Must provide exactly one of: sourceTableArn, sourceTableName")
    assert restore(SourceTableName=name, RestoreDateTime=now, **latest)[1] == (
        "Both RestoreDateTime and UseLatestRestorableTime cannot be set")
    assert restore(SourceTableName=name)[1] == "Either one of RestoreDateTime or UseLatestRestorableTime must be specified"
    assert restore(SourceTableArn=table_arn(name).replace(OWNER, OTHER), **latest)[1] == (
        "This action is only supported by accounts that match the resource owner’s account.")
    assert restore(SourceTableName=name, TargetTableName=name, **latest) == (
        "TableAlreadyExistsException", f"Table already exists: {name}")
    arn = table_arn(name) + "/backup/01731672000123-1a2b3c4d"
    for call, more in ((dynamodb.describe_backup, {}), (dynamodb.delete_backup, {}),
                       (dynamodb.restore_table_from_backup, dict(TargetTableName="Errors"))):
        assert refusal(call, BackupArn=arn, **more) == ("BackupNotFoundException", f"Backup not found: {arn}")
    assert refusal(dynamodb.create_backup, TableName="missing", BackupName="backup") == (
        "TableNotFoundException", "Table not found: missing")
    assert refusal(dynamodb.create_backup, TableName=name, BackupName="b!")[0] == "ValidationException"
    other = server.client("dynamodb", OTHER)
    assert refusal(other.describe_backup, BackupArn=arn)[0] == "AccessDeniedException"
    assert other.list_backups()["BackupSummaries"] == []


def test_backups_hold_their_cut_also_over_a_restart(tmp_path):
    server = DrayServer(tmp_path)
    server.start()
    server.create_account(OWNER)
    dynamodb = server.client("dynamodb", OWNER)
    dynamodb.create_table(TableName="Kept", **INDEXED)
    rng = random.Random(5)
    expected = []  # of each backup: its ARN and contents
    for number in range(3):
        for _ in range(60):
            key = dict(pk=dict(S=f"p{rng.randrange(15)}"), sk=dict(N=str(rng.randrange(3))))
            if rng.random() < 0.7:
                dynamodb.put_item(TableName="Kept", Item=dict(key, group=dict(S=f"g{rng.randrange(3)}"), v=dict(N=str(rng.random()))))
            else:
                dynamodb.delete_item(TableName="Kept", Key=key)
        details = dynamodb.create_backup(TableName="Kept", BackupName=f"backup-{number}")["BackupDetails"]
        assert (details["BackupType"], details["BackupStatus"]) == ("USER", "CREATING")
        expected.append((details["BackupArn"], contents(dynamodb, "Kept")))
    described = dynamodb.describe_backup(BackupArn=expected[1][0])["BackupDescription"]
    assert described["BackupDetails"]["BackupStatus"] == "AVAILABLE"
    assert described["SourceTableDetails"]["ItemCount"] == len(expected[1][1])
    assert described["SourceTableFeatureDetails"]["GlobalSecondaryIndexes"][0]["IndexName"] == "by-group"
    recovery = dynamodb.describe_continuous_backups(TableName="Kept")["ContinuousBackupsDescription"]
    assert recovery["PointInTimeRecoveryDescription"] == dict(PointInTimeRecoveryStatus="DISABLED")
    record(dynamodb, "Kept")
    dynamodb.update_continuous_backups(TableName="Kept", PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=False))
    server.kill()
    server.start()
    dynamodb = server.client("dynamodb", OWNER)
    record(dynamodb, "Kept")
    dynamodb.put_item(TableName="Kept", Item=dict(pk=dict(S="last"), sk=dict(N="0")))
    last = contents(dynamodb, "Kept")
    dynamodb.delete_table(TableName="Kept")
    system = dynamodb.list_backups(TableName="Kept", BackupType="SYSTEM")["BackupSummaries"]
    assert [backup["BackupName"] for backup in system] == ["Kept$DeletedTableBackup"]
    assert system[0]["BackupExpiryDateTime"] - system[0]["BackupCreationDateTime"] == datetime.timedelta(days=35)
    expected.append((system[0]["BackupArn"], last))
    server.kill()
    server.start()
    dynamodb = server.client("dynamodb", OWNER)
    for number, (arn, items) in enumerate(expected):
        answer = dynamodb.restore_table_from_backup(BackupArn=arn, TargetTableName=f"Back{number}")
        assert answer["TableDescription"]["RestoreSummary"]["SourceBackupArn"] == arn
    for number, (arn, items) in enumerate(expected):
        wait_until_active(dynamodb, f"Back{number}")
        assert contents(dynamodb, f"Back{number}") == items
        in_index = {key for key, item in items.items() if "group" in item}
        assert contents(dynamodb, f"Back{number}", IndexName="by-group").keys() == in_index
        deleted = dynamodb.delete_backup(BackupArn=arn)["BackupDescription"]
        assert deleted["BackupDetails"]["BackupStatus"] == "DELETED"
    assert dynamodb.list_backups(BackupType="ALL")["BackupSummaries"] == []
    assert server.stop() == 0


def test_listing(dynamodb):
    names = sorted(make_table(dynamodb) for _ in range(2))
    made = [(name, dynamodb.create_backup(TableName=name, BackupName=f"list-{number}")["BackupDetails"])
            for name in names for number in range(2)]
    mine = {details["BackupArn"] for _, details in made}

    def listed(**more):
        pages, start = [], {}
        while True:
            page = dynamodb.list_backups(**more, **start)
            pages.append([backup["BackupArn"] for backup in page["BackupSummaries"]])
            if "LastEvaluatedBackupArn" not in page:
                return pages
            start = dict(ExclusiveStartBackupArn=page["LastEvaluatedBackupArn"])

    everything = [arn for page in listed(Limit=1) for arn in page]
    assert mine <= set(everything) and len(everything) == len(set(everything))
    assert [len(page) for page in listed(TableName=names[0], Limit=1)] == [1, 1]
    assert listed(TableName=table_arn(names[1])) == [[details["BackupArn"] for name, details in made if name == names[1]]]
    first = made[0][1]["BackupCreationDateTime"]
    assert not mine & set(listed(TimeRangeUpperBound=first - datetime.timedelta(seconds=1))[0])
    assert mine & set(listed(TimeRangeLowerBound=first - datetime.timedelta(seconds=1))[0])
    assert not mine & set(listed(BackupType="SYSTEM")[0])
