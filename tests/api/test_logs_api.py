"""The error logs of imports through CloudWatch Logs' operations, with stock clients: boto3 and the aws CLI."""

import json
import re

import pytest
from botocore.exceptions import ClientError

from dynamodb_fixtures import OTHER, OWNER, definition, dynamodb, server, wait_for  # noqa: F401

GROUP = "/aws-dynamodb/imports"


def run_import(server, dynamodb, name, text):
    server.client("s3", OWNER).put_object(Bucket="logs-bucket", Key=f"{name}/part", Body=text)
    arn = dynamodb.import_table(
        ClientToken=name, S3BucketSource=dict(S3Bucket="logs-bucket", S3KeyPrefix=f"{name}/"), InputFormat="DYNAMODB_JSON",
        TableCreationParameters=dict(TableName=name, **definition(pk="S")))["ImportTableDescription"]["ImportArn"]
    return wait_for(lambda: dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"], "ImportStatus")


@pytest.fixture(scope="module")
def logs(server):
    return server.client("logs", OWNER)


@pytest.fixture(scope="module")
def imports(server, dynamodb):
    """Two imports: of 30 items in the wrong case, and of one that is right. Their ids."""
    server.client("s3", OWNER).create_bucket(Bucket="logs-bucket")
    bad = run_import(server, dynamodb, "wrong-case", "".join(
        json.dumps(dict(Item={"PK": {"S": str(number)}, "v": {"N": "1"}})) + "\n" for number in range(30)))
    assert (bad["ErrorCount"], bad["FailureCode"]) == (30, "ItemValidationError")
    good = run_import(server, dynamodb, "right-case", '{"Item":{"pk":{"S":"a"}}}\n')
    assert good["ImportStatus"] == "COMPLETED"
    assert bad["CloudWatchLogGroupArn"] == f"arn:aws:logs:us-east-1:{OWNER}:log-group:{GROUP}:*"
    return bad["ImportArn"].rsplit("/", 1)[1], good["ImportArn"].rsplit("/", 1)[1]


def refused(call, code, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    assert error.value.response["Error"]["Code"] == code
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return error.value.response["Error"]["Message"]


def test_groups_and_streams(logs, imports):
    group, = logs.describe_log_groups(logGroupNamePrefix="/aws-dynamodb")["logGroups"]
    assert group["logGroupName"] == GROUP and group["arn"].endswith(f"log-group:{GROUP}:*")
    streams = [stream for page in logs.get_paginator("describe_log_streams").paginate(
        logGroupName=GROUP, PaginationConfig=dict(PageSize=1)) for stream in page["logStreams"]]
    assert [stream["logStreamName"] for stream in streams] == [
        f"{id}/{kind}" for id in imports for kind in ("error", "info")]
    assert streams[0]["firstEventTimestamp"] <= streams[0]["lastEventTimestamp"]
    assert "lastEventTimestamp" not in streams[2]


def test_every_refused_item_is_an_event(logs, imports):
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=GROUP, logStreamNamePrefix=f"{imports[0]}/error", PaginationConfig=dict(PageSize=7))
    events = [event for page in pages for event in page["events"]]
    assert len(events) == len({event["eventId"] for event in events}) == 30
    for index, event in enumerate(events):
        line = json.loads(event["message"])
        assert list(line)[:3] == ["itemS3Pointer", "importArn", "errorMessages"]
        assert line["itemS3Pointer"] == dict(bucket="logs-bucket", key="wrong-case/part", itemIndex=index)
        assert line["errorMessages"] == ["One or more parameter values were invalid: Missing the key pk in the item"]
        assert line["attributeNames"] == ["PK", "v"] and json.loads(line["recordHead"])["Item"]["PK"] == {"S": str(index)}
    # Events do not move.
    again = logs.filter_log_events(logGroupName=GROUP, logStreamNames=[f"{imports[0]}/error"])["events"]
    assert again == events
    got = logs.get_log_events(logGroupName=GROUP, logStreamName=f"{imports[0]}/error", startFromHead=True)["events"]
    assert [event["message"] for event in got] == [event["message"] for event in events]
    last = events[-1]["timestamp"]
    assert logs.filter_log_events(logGroupName=GROUP, logStreamNamePrefix=imports[0], startTime=last + 10_000)["events"] == []
    found = logs.filter_log_events(logGroupName=GROUP, filterPattern='"the key pk" -"itemIndex\\":0}"')["events"]
    assert len(found) == 29
    assert logs.get_log_events(logGroupName=GROUP, logStreamName=f"{imports[1]}/error")["events"] == []
    info = logs.get_log_events(logGroupName=GROUP, logStreamName=f"{imports[1]}/info", startFromHead=True)["events"]
    assert info[0]["message"] == "accepted" and info[-1]["message"] == "completed"


def test_errors_have_aws_names(server, logs, imports):
    assert refused(logs.filter_log_events, "ResourceNotFoundException", logGroupName="/aws/lambda/x") == (
        "The specified log group does not exist.")
    assert refused(logs.get_log_events, "ResourceNotFoundException", logGroupName=GROUP, logStreamName="x") == (
        "The specified log stream does not exist.")
    assert "JSON members" in refused(logs.filter_log_events, "InvalidParameterException", logGroupName=GROUP,
                                     filterPattern="{ $.importArn = * }")
    refused(logs.filter_log_events, "InvalidParameterException", logGroupName=GROUP, nextToken="x")
    refused(logs.put_log_events, "UnknownOperationException", logGroupName=GROUP, logStreamName="x",
            logEvents=[dict(timestamp=1, message="x")])


def test_other_accounts_see_nothing(server, imports):
    other = server.client("logs", OTHER)
    assert other.describe_log_groups()["logGroups"] == []
    refused(other.filter_log_events, "ResourceNotFoundException", logGroupName=GROUP)


def test_the_aws_cli(server, imports):
    done = server.aws(OWNER, "logs", "filter-log-events", "--log-group-name", GROUP, "--filter-pattern", "Missing",
                      "--page-size", 10)
    events = json.loads(done.stdout)["events"]
    assert len(events) == 30 and events[0]["logStreamName"] == f"{imports[0]}/error"
    tailed = server.aws(OWNER, "logs", "tail", GROUP, "--since", "1h", "--log-stream-name-prefix", imports[0]).stdout.splitlines()
    assert len([line for line in tailed if "Missing the key pk" in line]) == 30
    assert all(re.match(r"\d{4}-\d\d-\d\dT[\d:.+]+ " + imports[0], line) for line in tailed)
    got = json.loads(server.aws(OWNER, "logs", "get-log-events", "--log-group-name", GROUP, "--log-stream-name",
                                f"{imports[0]}/error", "--limit", 3).stdout)
    assert [json.loads(event["message"])["itemS3Pointer"]["itemIndex"] for event in got["events"]] == [27, 28, 29]
    denied = server.aws(OWNER, "logs", "describe-log-streams", "--log-group-name", "none", check=False)
    assert denied.returncode != 0 and "ResourceNotFoundException" in denied.stderr
