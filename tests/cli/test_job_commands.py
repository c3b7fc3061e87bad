"""`dray job list|show|cancel|logs` against a real server."""

import json

from command_fixtures import ITEMS, SOURCE, arn_of, keys
from dray_server import run_dray
from faulty_proxy import wait_until


def test_list_shows_exports_and_imports_newest_first(dray, dynamodb, recoverable, large):
    first, second = (arn_of(dray.run("export", recoverable, "s3://own/list", "--no-verify")) for _ in range(2))
    lines = dray.run("job", "list", "--table", recoverable).stdout.splitlines()
    assert [line.split()[3] for line in lines] == [second, first]
    assert all(line.split()[1:3] == ["export", "COMPLETED"] for line in lines)
    assert len(dray.run("job", "list", "--table", recoverable, "--max", 1).stdout.splitlines()) == 1
    [imported] = dray.run("job", "list", "--type", "import").stdout.splitlines()
    assert imported.split()[1:3] == ["import", "COMPLETED"] and "table/large/import/" in imported
    everything = dray.run("job", "list", "--max", 1000).stdout.splitlines()
    assert imported in everything and everything == sorted(everything, reverse=True)
    as_json = [json.loads(line) for line in dray.run("job", "list", "--table", recoverable, "--json").stdout.splitlines()]
    assert [job["ExportArn"] for job in as_json] == [second, first]
    assert dray.run("job", "list", AWS_PROFILE="target").stdout == ""


def test_show_describes_both_kinds(dray, dynamodb, recoverable, large):
    arn = arn_of(dray.run("export", recoverable, "s3://own/show", "--no-verify"))
    shown = dict(line.split(maxsplit=1) for line in dray.run("job", "show", arn).stdout.splitlines())
    assert shown["ExportArn"] == arn and shown["ExportStatus"] == "COMPLETED" and shown["ItemCount"] == str(ITEMS)
    assert shown["StartTime"].startswith("20") and shown["StartTime"].endswith("Z")
    assert json.loads(dray.run("job", "show", arn, "--json").stdout)["ExportArn"] == arn
    [imported] = dynamodb.list_imports()["ImportSummaryList"]
    assert "ImportStatus             COMPLETED" in dray.run("job", "show", imported["ImportArn"]).stdout
    done = dray.run("job", "show", arn[:-8] + "00000000", code=1)
    assert "ExportNotFoundException" in done.stderr
    assert "is not the ARN of an export or an import" in dray.run("job", "show", "t", code=1).stderr


def test_logs_tell_the_phases_and_the_full_reason(dray, buckets, recoverable):
    arn = arn_of(dray.run("export", recoverable, "s3://own/logs", "--no-verify"))
    lines = [line.split(maxsplit=1)[1] for line in dray.run("job", "logs", arn).stdout.splitlines()]
    assert lines == ["accepted", "runs", "phase: start", "phase: data", "phase: manifests", "completed"]
    logged = [json.loads(line) for line in dray.run("job", "logs", arn, "--json").stdout.splitlines()]
    assert [line["Text"] for line in logged] == lines and all(line["Time"] > 1.7e9 for line in logged)
    assert dray.run("job", "logs", arn, "--follow").stdout.count("\n") == len(lines)
    buckets[SOURCE].create_bucket(Bucket="denying")
    buckets[SOURCE].put_bucket_policy(Bucket="denying", Policy=json.dumps(dict(Version="2012-10-17", Statement=[
        dict(Sid="NoExports", Effect="Deny", Principal="*", Action="s3:PutObject", Resource="arn:aws:s3:::denying/*")])))
    denied = arn_of(dray.run("export", recoverable, "s3://denying", code=1))
    text = dray.run("job", "logs", denied).stdout
    assert "failed: S3AccessDenied: " in text and "NoExports" in text.splitlines()[-1]
    # To another account it is not there at all.
    assert "AccessDeniedException" in dray.run("job", "logs", arn, code=1, AWS_PROFILE="target").stderr


def test_logs_of_an_import_tell_each_refused_item(dray, dynamodb, buckets):
    buckets[SOURCE].put_object(Bucket="own", Key="refused/part", Body=b'{"Item":{"PK":{"S":"a"}}}{"Item":{"pk":{"S":"b"}}}{"Item":{}}')
    arn = dynamodb.import_table(
        ClientToken="refused", S3BucketSource=dict(S3Bucket="own", S3KeyPrefix="refused/"), InputFormat="DYNAMODB_JSON",
        TableCreationParameters=dict(TableName="refused", BillingMode="PAY_PER_REQUEST", KeySchema=[
            dict(AttributeName="pk", KeyType="HASH")], AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")]))[
                "ImportTableDescription"]["ImportArn"]
    lines = dray.run("job", "logs", arn, "--follow").stdout.splitlines()
    message = "One or more parameter values were invalid: Missing the key pk in the item"
    refusals = [line.split(maxsplit=1)[1] for line in lines if "s3://" in line]
    assert refusals == [f"s3://own/refused/part item 0 at byte 0: {message}", f"s3://own/refused/part item 2 at byte 50: {message}"]
    logged = [json.loads(line) for line in dray.run("job", "logs", arn, "--json").stdout.splitlines()]
    errors = [line["Error"] for line in logged if "Error" in line]
    assert [error["itemS3Pointer"]["itemIndex"] for error in errors] == [0, 2] and errors[0]["attributeNames"] == ["PK"]
    dynamodb.delete_table(TableName="refused")


def test_cancel_ends_a_job_and_leaves_nothing_that_looks_whole(dray, dynamodb, buckets, large):
    def start(i):
        return arn_of(dray.run("export", large, f"s3://own/cancel/{i}", "--no-wait"))

    running = start(0)
    assert dray.run("job", "cancel", running, "--no-wait").stdout == "cancelling\n"
    others, waiting = [start(i) for i in (1, 2, 3)], start(4)
    assert dray.run("job", "cancel", waiting, "--no-wait").stdout == "cancelling\n"
    for arn in (running, waiting):
        wait_until(lambda: dynamodb.describe_export(ExportArn=arn)["ExportDescription"]["ExportStatus"] != "IN_PROGRESS")
        described = dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
        assert described["ExportStatus"] == "FAILED" and described["FailureCode"] == "Cancelled"
        assert described["FailureMessage"] == f"The job was cancelled by arn:aws:iam::{SOURCE}:root"
        assert f"cancelled by arn:aws:iam::{SOURCE}:root" in dray.run("job", "logs", arn).stdout
        assert "ExportStatus             FAILED" in dray.run("job", "show", arn).stdout
    for i in (0, 4):
        assert not [key for key in keys(buckets[SOURCE], "own", f"cancel/{i}/") if "manifest" in key]
    for arn in others:  # they are not touched
        wait_until(lambda: dynamodb.describe_export(ExportArn=arn)["ExportDescription"]["ExportStatus"] == "COMPLETED")
    assert "Uploads" not in buckets[SOURCE].list_multipart_uploads(Bucket="own")


def test_cancelling_an_import_takes_its_table_away(dray, dynamodb, buckets, large):
    table = dict(AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")], KeySchema=[dict(AttributeName="pk", KeyType="HASH")],
                 BillingMode="PAY_PER_REQUEST")
    arns = [dynamodb.import_table(S3BucketSource=dict(S3Bucket="own", S3KeyPrefix="large/"), InputFormat="DYNAMODB_JSON",
                                  InputCompressionType="GZIP", TableCreationParameters=dict(TableName=f"import-{i}", **table)
                                  )["ImportTableDescription"]["ImportArn"] for i in range(2)]
    for arn in arns:
        assert dray.run("job", "cancel", arn).stdout == "FAILED Cancelled\n"
    assert not [name for name in dynamodb.list_tables()["TableNames"] if name.startswith("import-")]


def test_a_job_that_has_ended_is_not_cancelled(dray, recoverable):
    arn = arn_of(dray.run("export", recoverable, "s3://own/ended", "--no-verify"))
    done = dray.run("job", "cancel", arn, code=1)
    assert "JobNotInProgressException: The job has ended already: it is COMPLETED" in done.stderr
    assert "JobNotFoundException" in dray.run("job", "cancel", arn[:-8] + "00000000", code=1).stderr
    assert "AccessDeniedException" in dray.run("job", "cancel", arn, code=1, AWS_PROFILE="target").stderr


def test_help_names_every_exit_code_and_command(dray):
    text = run_dray("job", "--help").stdout
    assert all(command in text for command in ("list", "show", "cancel", "logs"))
    assert "exit codes:" in run_dray("export", "--help").stdout.lower()
