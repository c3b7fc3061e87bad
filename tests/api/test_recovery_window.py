"""The restorable window over days and weeks, by the clock of --dev: periods, what turning off and on again does, what an export may ask
for, and the disk space of what the window has left behind."""

import datetime
import json
import os
import time
import urllib.request

import pytest

from dray_server import DrayServer
from dynamodb_fixtures import OWNER, definition, refused, table_arn, wait_for
from raw_dynamodb import raw, raw_refused

DAY = 86400
UTC = datetime.timezone.utc


class Days:
    """A server of --dev and its clock."""

    def __init__(self, folder):
        self.server = DrayServer(folder, "--dev")
        self.server.start()
        self.server.credentials[OWNER] = (OWNER, "any")
        self.dynamodb = self.server.client("dynamodb", OWNER)
        self.server.client("s3", OWNER).create_bucket(Bucket="days-bucket")
        self.offset = 0

    def move(self, seconds):
        self.offset += seconds
        body = json.dumps(dict(offset_seconds=self.offset)).encode()
        urllib.request.urlopen(urllib.request.Request(self.server.endpoint + "/_dray/dev/clock", data=body, method="POST")).read()

    def now(self):
        return time.time() + self.offset

    def make_table(self, name):
        self.dynamodb.create_table(TableName=name, **definition(pk="S"))
        return name

    def recovery(self, name, enabled=True, **period):
        status, answer = raw(self.server, "UpdateContinuousBackups", dict(
            TableName=name, PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=enabled, **period)))
        assert status == 200, answer
        return answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]

    def window(self, name):
        """(days, earliest, latest) as seconds behind now."""
        _, answer = raw(self.server, "DescribeContinuousBackups", dict(TableName=name))
        found = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        assert found["PointInTimeRecoveryStatus"] == "ENABLED"
        return (found["RecoveryPeriodInDays"], self.now() - found["EarliestRestorableDateTime"],
                self.now() - found["LatestRestorableDateTime"])

    def export(self, name, seconds_ago=None):
        moment = {} if seconds_ago is None else dict(ExportTime=datetime.datetime.fromtimestamp(int(self.now() - seconds_ago), UTC))
        arn = self.dynamodb.export_table_to_point_in_time(TableArn=table_arn(name), S3Bucket="days-bucket",
                                                          **moment)["ExportDescription"]["ExportArn"]
        done = wait_for(lambda: self.dynamodb.describe_export(ExportArn=arn)["ExportDescription"], "ExportStatus")
        assert done["ExportStatus"] == "COMPLETED", done
        return done["ItemCount"]


@pytest.fixture
def days(tmp_path):
    made = Days(tmp_path)
    yield made
    assert made.server.stop() == 0


def near(seconds, expected):
    return abs(seconds - expected) < 30


def test_the_window_follows_the_period_and_starts_anew_when_recovery_does(days):
    name = days.make_table("Window")
    assert days.recovery(name)["RecoveryPeriodInDays"] == 35
    period, earliest, latest = days.window(name)
    assert period == 35 and near(earliest, 0) and near(latest, 0)
    days.move(100)
    assert near(days.window(name)[2], 100)  # not five minutes back: that is before it was turned on
    days.move(10 * DAY - 100)
    assert near(days.window(name)[1], 10 * DAY) and near(days.window(name)[2], 300)
    # A shorter period moves the beginning at once, a longer one does not bring it back.
    assert days.recovery(name, RecoveryPeriodInDays=3)["RecoveryPeriodInDays"] == 3
    assert near(days.window(name)[1], 3 * DAY)
    days.recovery(name, RecoveryPeriodInDays=20)
    period, earliest, _ = days.window(name)
    assert period == 20 and near(earliest, 3 * DAY)
    days.move(30 * DAY)
    assert near(days.window(name)[1], 20 * DAY)
    # Off and on again: a new window, of 35 days unless told otherwise.
    assert days.recovery(name, False) == dict(PointInTimeRecoveryStatus="DISABLED")
    days.recovery(name)
    period, earliest, latest = days.window(name)
    assert period == 35 and near(earliest, 0) and near(latest, 0)
    days.move(40 * DAY)
    assert near(days.window(name)[1], 35 * DAY)
    for wrong, rule in ((0, "greater than or equal to 1"), (36, "less than or equal to 35")):
        raw_refused(days.server, "UpdateContinuousBackups", dict(TableName=name, PointInTimeRecoverySpecification=dict(
            PointInTimeRecoveryEnabled=True, RecoveryPeriodInDays=wrong)), "ValidationException",
            f"1 validation error detected: Value '{wrong}' at 'pointInTimeRecoverySpecification.recoveryPeriodInDays' failed to "
            f"satisfy constraint: Member must have value {rule}")
    for period in (1, 35):
        assert days.recovery(name, RecoveryPeriodInDays=period)["RecoveryPeriodInDays"] == period


def test_exports_of_any_second_of_the_window_and_of_none_outside(days):
    name = days.make_table("Seconds")
    days.recovery(name, RecoveryPeriodInDays=5)
    for day in range(8):
        days.dynamodb.put_item(TableName=name, Item={"pk": {"S": str(day)}})
        days.move(DAY)
    # Eight items by now, one a day; the window holds five days.
    assert days.export(name) == 8
    for day in (1, 2, 3, 4):
        assert days.export(name, day * DAY - 3600) == 9 - day
    for outside in (5 * DAY + 60, 8 * DAY, -60):
        refused(days.dynamodb.export_table_to_point_in_time, "InvalidExportTimeException", "Export Time is invalid",
                TableArn=table_arn(name), S3Bucket="days-bucket",
                ExportTime=datetime.datetime.fromtimestamp(int(days.now() - outside), UTC))
    # Also after a restart; and what a new window does not hold is gone.
    offset = days.offset
    assert days.server.stop() == 0
    days.server.start()
    days.dynamodb = days.server.client("dynamodb", OWNER)
    days.offset = 0
    days.move(offset)
    assert days.export(name, 2 * DAY - 3600) == 7
    days.recovery(name, False)
    days.recovery(name)
    refused(days.dynamodb.export_table_to_point_in_time, "InvalidExportTimeException", "Export Time is invalid",
            TableArn=table_arn(name), S3Bucket="days-bucket",
            ExportTime=datetime.datetime.fromtimestamp(int(days.now() - 2 * DAY), UTC))


def test_what_the_window_leaves_behind_leaves_the_disk(days):
    def megabytes():
        total = 0
        for path in (days.server.data / "kv").iterdir():
            try:
                total += path.stat().st_size
            except FileNotFoundError:  # a compaction ended
                pass
        return total / 1e6

    def falls_below(limit):
        until = time.monotonic() + 40
        while megabytes() > limit:
            assert time.monotonic() < until, megabytes()
            time.sleep(0.2)

    name = days.make_table("Space")
    days.recovery(name, RecoveryPeriodInDays=2)

    def overwrite(rounds):
        for _ in range(rounds):
            for batch in range(2):
                days.dynamodb.batch_write_item(RequestItems={name: [
                    dict(PutRequest=dict(Item={"pk": {"S": f"{batch} {number}"}, "v": {"B": os.urandom(300_000)}}))
                    for number in range(25)]})

    overwrite(8)  # 15 MB of items, 105 MB of what they were before
    assert megabytes() > 100
    days.move(DAY)
    time.sleep(12)  # a round of the garbage collector: all of it is inside the window still
    assert megabytes() > 100
    days.move(2 * DAY)
    falls_below(70)
    overwrite(8)
    assert megabytes() > 100
    days.recovery(name, False)  # all of the history goes
    falls_below(70)
    assert days.dynamodb.get_item(TableName=name, Key={"pk": {"S": "1 24"}})["Item"]
