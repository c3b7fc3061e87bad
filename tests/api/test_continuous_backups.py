"""Point-in-time recovery is turned on and off; the window starts when it was turned on."""

import datetime

import pytest

from dynamodb_fixtures import OTHER, dynamodb, make_table, refused, server, table_arn  # noqa: F401
from raw_dynamodb import raw_refused


def set_recovery(dynamodb, name, enabled, **more):
    answer = dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=enabled, **more))
    return answer["ContinuousBackupsDescription"]


def test_off_on_and_off_again(dynamodb):
    name = make_table(dynamodb)
    off = dict(ContinuousBackupsStatus="ENABLED", PointInTimeRecoveryDescription=dict(PointInTimeRecoveryStatus="DISABLED"))
    assert dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"] == off
    enabled = set_recovery(dynamodb, name, True)
    recovery = enabled["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    now = datetime.datetime.now(datetime.timezone.utc)
    earliest, latest = recovery["EarliestRestorableDateTime"], recovery["LatestRestorableDateTime"]
    assert abs(now - earliest) < datetime.timedelta(seconds=10)
    assert earliest <= latest <= now + datetime.timedelta(seconds=2)
    # Turning on what is on changes nothing.
    again = set_recovery(dynamodb, name, True)["PointInTimeRecoveryDescription"]
    assert again["EarliestRestorableDateTime"] == earliest
    assert dynamodb.describe_continuous_backups(TableName=table_arn(name))["ContinuousBackupsDescription"][
        "PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert set_recovery(dynamodb, name, False) == off
    assert set_recovery(dynamodb, name, False) == off


@pytest.mark.parametrize("specification, message", [
    (dict(PointInTimeRecoveryEnabled=False, RecoveryPeriodInDays=5),
     "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery."),
    (dict(PointInTimeRecoveryEnabled=True, RecoveryPeriodInDays=36),
     "1 validation error detected: Value '36' at 'pointInTimeRecoverySpecification.recoveryPeriodInDays' failed to satisfy "
     "constraint: Member must have value less than or equal to 35"),
    (dict(), "1 validation error detected: Value null at 'pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled' failed to "
             "satisfy constraint: Member must not be null"),
])
def test_wrong_specifications_are_refused(server, dynamodb, specification, message):
    name = make_table(dynamodb)
    raw_refused(server, "UpdateContinuousBackups", dict(TableName=name, PointInTimeRecoverySpecification=specification),
                "ValidationException", message)


def test_unknown_tables(server, dynamodb):
    refused(dynamodb.describe_continuous_backups, "TableNotFoundException", "Table not found: nowhere", TableName="nowhere")
    name = make_table(dynamodb)
    other = server.client("dynamodb", OTHER)
    refused(other.describe_continuous_backups, "TableNotFoundException", TableName=name)
    refused(other.describe_continuous_backups, "ValidationException",
            "This action is only supported by accounts that match the resource owner’s account.", TableName=table_arn(name))
