"""`dray export` against a real server: what it writes, prints and answers, and how it ends. Failing endpoints are in
test_failing_endpoints.py, `dray job` in test_job_commands.py."""

import json
import os
import pty
import select
import signal
import subprocess
import time
import urllib.request

import pytest

from command_fixtures import ITEMS, SOURCE, TARGET, arn_of, has_recovery, keys, read_json, turn_on
from dray_server import BINARY, DrayServer, run_dray
from faulty_proxy import operation, wait_until


def test_an_export_into_an_own_bucket_is_verified_and_has_its_schema_beside_it(dray, dynamodb, buckets, recoverable):
    done = dray.run("export", recoverable, "s3://own/p/q")
    arn = arn_of(done)
    export_id = arn.rsplit("/", 1)[1]
    assert f"exported: {ITEMS} items to s3://own/p/q/AWSDynamoDB/{export_id}/" in done.stdout
    assert "verified: both manifests and their checksums; " in done.stdout and f" {ITEMS} records" in done.stdout
    assert f"schema: s3://own/p/q/DraySchema/{export_id}.json" in done.stdout
    assert f"export accepted: {arn}" in done.stderr and "\r" not in done.stderr
    assert dynamodb.describe_export(ExportArn=arn)["ExportDescription"]["ExportStatus"] == "COMPLETED"
    beside = [key for key in keys(buckets[SOURCE], "own", "p/q/") if export_id in key and "/AWSDynamoDB/" not in key]
    assert beside == [f"p/q/DraySchema/{export_id}.json"]


def test_the_schema_makes_the_same_table_again(dray, dynamodb, buckets, recoverable):
    dynamodb.update_time_to_live(TableName=recoverable, TimeToLiveSpecification=dict(Enabled=True, AttributeName="expires"))
    done = dray.run("export", recoverable, "s3://own/schema")
    schema = read_json(buckets[SOURCE], "own", f"schema/DraySchema/{arn_of(done).rsplit('/', 1)[1]}.json")
    assert schema["SchemaVersion"] == 1 and schema["ExportArn"] == arn_of(done) and schema["Missing"] == []
    assert schema["TimeToLive"] == dict(Enabled=True, AttributeName="expires")
    assert schema["PointInTimeRecovery"] == dict(Enabled=True, RecoveryPeriodInDays=35)
    definition = schema["CreateTable"]
    assert definition["Tags"] == [dict(Key="team", Value="data")]
    dynamodb.create_table(**{**definition, "TableName": recoverable + "-again"})
    again, before = (dynamodb.describe_table(TableName=name)["Table"] for name in (recoverable + "-again", recoverable))
    assert (again["KeySchema"], again["AttributeDefinitions"]) == (before["KeySchema"], before["AttributeDefinitions"])
    assert again["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert [index["IndexName"] for index in again["GlobalSecondaryIndexes"]] == ["by-n"]


def test_the_schema_may_go_into_a_file_or_be_left_out(dray, buckets, recoverable, tmp_path):
    file = tmp_path / "schema.json"
    done = dray.run("export", recoverable, "s3://own/filed", "--schema-file", file)
    assert json.loads(file.read_text())["ExportArn"] == arn_of(done) and f"schema: {file}" in done.stdout
    dray.run("export", recoverable, "s3://own/filed", "--no-schema")
    assert not [key for key in keys(buckets[SOURCE], "own", "filed/") if "DraySchema" in key]
    unwritable = dray.run("export", recoverable, "s3://own/filed", "--schema-file", tmp_path / "no" / "schema", code=4)
    assert "the schema was not written: cannot write" in unwritable.stderr


def test_every_member_of_the_wizard_is_sent(dray, proxy, recoverable):
    def sent(*flags):
        proxy.reset()
        proxy.faults = [lambda request: ("status", 400) if operation("ExportTableToPointInTime")(request) else None]
        done = dray.run("export", recoverable, "s3://b/pre/fix/", *flags, endpoint=proxy.endpoint, code=1)
        assert "ExportTableToPointInTime: HTTP 400" in done.stderr
        [body] = [body for request in proxy.requests if operation("ExportTableToPointInTime")(request) for body in [request[3]]]
        return json.loads(body)

    request = sent()
    assert request.pop("ClientToken") != sent()["ClientToken"]
    arn = request.pop("TableArn")
    assert arn.endswith(f":{SOURCE}:table/{recoverable}") and request == dict(S3Bucket="b", S3Prefix="pre/fix/")
    request = sent("--bucket-owner", TARGET, "--format", "ion", "--time", "2026-11-22T10:00:00Z", "--sse", "kms", "--kms-key-id", "k",
                   "--client-token", "token")
    assert request == dict(TableArn=arn, S3Bucket="b", S3Prefix="pre/fix/", S3BucketOwner=TARGET, ExportFormat="ION",
                           ExportTime=1795341600, S3SseAlgorithm="KMS", S3SseKmsKeyId="k", ClientToken="token")
    request = sent("--incremental", "--from", "1795341600", "--to", "2026-11-22T11:00:00Z", "--view", "new")
    assert request["ExportType"] == "INCREMENTAL_EXPORT"
    assert request["IncrementalExportSpecification"] == dict(ExportFromTime=1795341600, ExportToTime=1795345200, ExportViewType="NEW_IMAGE")
    request = sent("--last", "30m")
    assert list(request["IncrementalExportSpecification"]) == ["ExportFromTime"]


def test_the_servers_refusal_is_shown_in_its_words(dray, recoverable):
    done = dray.run("export", recoverable, "s3://own", "--format", "csv", code=1)
    assert "Value 'CSV' at 'exportFormat' failed to satisfy constraint" in done.stderr
    done = dray.run("export", recoverable, "s3://own", "--time", "2001-01-01", code=1)
    assert "InvalidExportTimeException: Export Time is invalid" in done.stderr and "window of recovery" in done.stderr
    done = dray.run("export", "nothing-there", "s3://own", code=1)
    assert "ResourceNotFoundException" in done.stderr and f"the endpoint is {dray.server.endpoint}" in done.stderr
    done = dray.run("export", recoverable, "s3://own", code=1, AWS_ACCESS_KEY_ID="AKIAUNKNOWN", AWS_SECRET_ACCESS_KEY="secret")
    assert "UnrecognizedClientException" in done.stderr and "the credentials of the environment" in done.stderr


def test_ion_and_a_moment_of_the_past(dray, dynamodb, recoverable):
    done = dray.run("export", recoverable, "s3://own/ion", "--format", "ion", "--json")
    result = json.loads(done.stdout)
    assert result["ExportDescription"]["ExportFormat"] == "ION" and result["ExportDescription"]["ItemCount"] == ITEMS
    assert result["Verified"]["Whole"] is True and result["Verified"]["Items"] == ITEMS and result["Verified"]["Findings"] == []
    assert result["Location"].startswith("s3://own/ion/AWSDynamoDB/") and result["Schema"].startswith("s3://own/ion/DraySchema/")


def test_one_client_token_is_one_export(dray, recoverable):
    first, second = (dray.run("export", recoverable, "s3://own/token", "--client-token", f"token {recoverable}") for _ in range(2))
    assert arn_of(first) == arn_of(second)
    other = dray.run("export", recoverable, "s3://own/elsewhere", "--client-token", f"token {recoverable}", code=1)
    assert "ExportConflictException" in other.stderr and "--client-token" in other.stderr


def test_incremental_exports_in_both_views(dray, tmp_path):
    """On a server whose clock is moved, so that a window of a quarter of an hour goes by."""
    server = DrayServer(tmp_path, "--dev")
    server.start()
    try:
        server.credentials[SOURCE] = SOURCE, "any"
        dynamodb, s3 = server.client("dynamodb", SOURCE), server.client("s3", SOURCE)
        environment = dict(AWS_ACCESS_KEY_ID=SOURCE, AWS_SECRET_ACCESS_KEY="any")
        s3.create_bucket(Bucket="own")
        dynamodb.create_table(TableName="table", AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")],
                              KeySchema=[dict(AttributeName="pk", KeyType="HASH")], BillingMode="PAY_PER_REQUEST")
        turn_on(dynamodb, "table")
        begin = int(time.time()) + 60
        move_clock(server, 120)
        for i in range(10):
            dynamodb.put_item(TableName="table", Item=dict(pk=dict(S=str(i))))
        move_clock(server, 3600)
        for view, name in (("new", "NEW_IMAGE"), ("new-and-old", "NEW_AND_OLD_IMAGES")):
            done = dray.run("export", "table", "s3://own/i", "--incremental", "--from", begin, "--to", begin + 1800, "--view", view,
                            "--json", endpoint=server.endpoint, **environment)
            result = json.loads(done.stdout)
            assert result["ExportDescription"]["IncrementalExportSpecification"]["ExportViewType"] == name
            assert result["Verified"]["Items"] == result["ExportDescription"]["ItemCount"] == 10
        done = dray.run("export", "table", "s3://own/i", "--from", begin, "--to", begin + 60, endpoint=server.endpoint, code=1,
                        **environment)
        assert "InvalidExportTimeException: Difference between export period from time" in done.stderr
    finally:
        server.stop()


def move_clock(server, seconds):
    request = urllib.request.Request(server.endpoint + "/_dray/dev/clock", json.dumps(dict(offset_seconds=seconds)).encode(), method="POST")
    urllib.request.urlopen(request, timeout=30).close()


# ---- across accounts


def test_across_accounts_the_bucket_is_read_as_its_owner(dray, buckets, recoverable):
    done = dray.run("export", recoverable, "s3://foreign/x", "--bucket-owner", TARGET, "--bucket-profile", "target")
    assert "verified: " in done.stdout and "schema: s3://foreign/x/DraySchema/" in done.stdout
    # Without: the export is there, but its reader may not read.
    done = dray.run("export", recoverable, "s3://foreign/x", "--bucket-owner", TARGET, code=4)
    assert "exported: " in done.stdout and "verified" not in done.stdout
    assert "the export is complete, but not verified" in done.stderr and "--bucket-profile" in done.stderr
    assert "the schema was not written" in done.stderr and "--schema-file" in done.stderr
    dray.run("export", recoverable, "s3://foreign/x", "--bucket-owner", TARGET, "--no-verify", "--no-schema")


def test_a_denied_export_says_why_and_what_to_do(dray, buckets, recoverable):
    done = dray.run("export", recoverable, "s3://foreign/x", code=1)
    assert "failed: S3AccessDenied: Access Denied" in done.stderr and "needs --bucket-owner" in done.stderr
    assert "dray policy check --offline --caller" in done.stderr
    assert f"dray policy generate --seed {SOURCE} foreign" in done.stderr
    assert done.stdout.splitlines()[1:] == ["FAILED"]
    done = dray.run("export", recoverable, "s3://no-such-bucket", code=1)
    assert "S3NoSuchBucket: The specified bucket does not exist" in done.stderr


# ---- recovery


def test_recovery_is_turned_on_only_when_asked_and_off_again_only_when_asked(dray, dynamodb, buckets, table):
    done = dray.run("export", table, "s3://own/r", code=1)
    assert "PointInTimeRecoveryUnavailableException" in done.stderr and "--enable-pitr" in done.stderr
    done = dray.run("export", table, "s3://own/r", "--enable-pitr", "--disable-pitr-after")
    assert "recovery was turned on\n" in done.stderr and "turned off again" in done.stderr
    assert not has_recovery(dynamodb, table)
    schema = read_json(buckets[SOURCE], "own", f"r/DraySchema/{arn_of(done).rsplit('/', 1)[1]}.json")
    assert schema["PointInTimeRecovery"] == dict(Enabled=False)
    dray.run("export", table, "s3://own/r", "--enable-pitr")
    assert has_recovery(dynamodb, table)
    # It was on before: it stays.
    done = dray.run("export", table, "s3://own/r", "--enable-pitr", "--disable-pitr-after")
    assert "is on already, and stays on" in done.stderr and has_recovery(dynamodb, table)


@pytest.mark.parametrize("arguments", [["s3://no-such-bucket"], ["s3://own", "--format", "csv"]], ids=["job fails", "refused"])
def test_recovery_is_turned_off_again_after_a_failure(dray, dynamodb, table, arguments):
    done = dray.run("export", table, *arguments, "--enable-pitr", "--disable-pitr-after", code=1)
    assert "turned off again" in done.stderr and not has_recovery(dynamodb, table)


def interrupt_while_exporting(process, proxy):
    """Sends SIGINT once the command waits for the job, which the proxy keeps in progress."""
    wait_until(lambda: "DescribeExport" in proxy.targets())
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=30)


def keep_in_progress(request):
    return ("change", lambda body: body.replace(b"COMPLETED", b"IN_PROGRESS")) if operation("DescribeExport")(request) else None


def test_ctrl_c_leaves_the_export_running_and_turns_recovery_off(dray, dynamodb, proxy, table):
    proxy.faults = [keep_in_progress]
    process = dray.start("export", table, "s3://own/c", "--enable-pitr", "--disable-pitr-after", endpoint=proxy.endpoint)
    out, err = interrupt_while_exporting(process, proxy)
    assert process.returncode == 130
    arn = out.splitlines()[0]
    assert f"interrupted; the export goes on at the server: dray job show {arn}" in err and f"dray job cancel {arn}" in err
    assert "turned off again" in err and not has_recovery(dynamodb, table)
    assert "CancelJob" not in proxy.targets()


def test_ctrl_c_before_the_job_is_accepted(dray, dynamodb, proxy, table):
    proxy.faults = [lambda request: ("slow", 20) if operation("ExportTableToPointInTime")(request) else None]
    process = dray.start("export", table, "s3://own/c", "--enable-pitr", "--disable-pitr-after", endpoint=proxy.endpoint)
    wait_until(lambda: "ExportTableToPointInTime" in proxy.targets())
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130 and "interrupted before the export was accepted" in err
    assert not has_recovery(dynamodb, table)


def test_a_second_and_third_signal_end_the_clean_up_too(dray, proxy, table):
    proxy.faults = [keep_in_progress,
                    lambda request: ("slow", 60) if operation("UpdateContinuousBackups")(request) and b"false" in request[3] else None]
    process = dray.start("export", table, "s3://own/c", "--enable-pitr", "--disable-pitr-after", endpoint=proxy.endpoint)
    wait_until(lambda: "DescribeExport" in proxy.targets())
    process.send_signal(signal.SIGINT)
    wait_until(lambda: proxy.targets().count("UpdateContinuousBackups") == 2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "could not be turned off again: interrupted" in err and "update-continuous-backups --table-name" in err


def test_ctrl_c_cancels_when_asked_to(dray, dynamodb, buckets, large):
    blockers = [arn_of(dray.run("export", large, "s3://own/blockers", "--no-wait")) for _ in range(4)]
    process = dray.start("export", large, "s3://own/cancelled", "--cancel-on-interrupt")
    line = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "export accepted" in line and "interrupted; the export was cancelled" in err
    described = dynamodb.describe_export(ExportArn=out.splitlines()[0])["ExportDescription"]
    assert described["ExportStatus"] == "FAILED" and described["FailureCode"] == "Cancelled"
    assert not [key for key in keys(buckets[SOURCE], "own", "cancelled/") if key.endswith("manifest-summary.json")]
    for arn in blockers:
        wait_until(lambda: dynamodb.describe_export(ExportArn=arn)["ExportDescription"]["ExportStatus"] == "COMPLETED")


# ---- who signs, and where


def test_keys_of_the_environment_with_their_session_token(dray, proxy, recoverable):
    key, secret = dray.server.credentials[SOURCE]
    environment = dict(AWS_PROFILE="nobody", AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY=secret)
    dray.run("export", recoverable, "s3://own/e", **environment)
    dray.run("job", "list", endpoint=proxy.endpoint, code=1, AWS_SESSION_TOKEN="a token", **environment)
    headers = proxy.requests[0][2]
    assert headers["X-Amz-Security-Token"] == "a token" and "x-amz-security-token" in headers["Authorization"]


def test_profiles_and_their_regions(dray, proxy, recoverable, tmp_path):
    config = tmp_path / "config"
    config.write_text("[profile source]\nregion = eu-central-1\n[profile role]\nrole_arn = arn:aws:iam::1:role/r\n")
    dray.run("job", "list", endpoint=proxy.endpoint, code=1, AWS_CONFIG_FILE=str(config))
    assert "/eu-central-1/dynamodb/aws4_request" in proxy.requests[0][2]["Authorization"]
    dray.run("job", "list", "--region", "us-east-1", "--profile", "source", AWS_CONFIG_FILE=str(config))
    done = dray.run("job", "list", "--profile", "role", code=2, AWS_CONFIG_FILE=str(config))
    assert "aws configure export-credentials --profile role" in done.stderr
    done = dray.run("job", "list", "--profile", "nobody", code=2)
    assert "there is no profile nobody" in done.stderr


def test_a_servers_folder_is_endpoint_region_and_keys(dray, server, recoverable):
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(dray.home), "AWS_PROFILE": "nobody"}
    done = run_dray("export", recoverable, "s3://own/folder", "--server", server.data, "--profile", SOURCE, env=environment)
    assert "verified: " in done.stdout
    done = run_dray("job", "list", "--server", dray.home, check=False, env=environment)
    assert done.returncode == 5 and "admin.sock" in done.stderr


def test_no_endpoint_is_taken_for_granted(dray):
    for flags, text in (([], "no endpoint is named"), (["--aws", "--server", "."], "more than one endpoint is named"),
                        (["--aws"], "--aws needs a region"), (["--endpoint-url", "localhost"], "is not http://HOST")):
        done = run_dray("export", "t", "s3://b", *flags, check=False, env=dray.environment(AWS_ENDPOINT_URL=dray.server.endpoint))
        assert done.returncode == 2 and text in done.stderr, done.stderr


def test_tls_is_verified(dray, tmp_path, recoverable):
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    server = DrayServer(tmp_path, "--tls-cert", certificate, "--tls-key", key)
    server.start()
    try:
        assert server.endpoint.startswith("https://")
        access_key, secret = server.create_account(SOURCE)
        environment = dict(AWS_ACCESS_KEY_ID=access_key, AWS_SECRET_ACCESS_KEY=secret)
        done = dray.run("job", "list", endpoint=server.endpoint, code=1, **environment)
        assert "the server's certificate is not trusted" in done.stderr
        dray.run("job", "list", "--ca-bundle", certificate, endpoint=server.endpoint, **environment)
        dray.run("job", "list", endpoint=server.endpoint, AWS_CA_BUNDLE=str(certificate), **environment)
    finally:
        server.stop()


# ---- how it looks


def test_a_bar_on_a_terminal(dray, large):
    controller, terminal = pty.openpty()
    process = subprocess.Popen([BINARY, "export", large, "s3://own/bar", "--endpoint-url", dray.server.endpoint], stdout=subprocess.PIPE,
                               stderr=terminal, env=dray.environment(TERM="xterm"), text=True)
    os.close(terminal)
    shown = b""
    while process.poll() is None or select.select([controller], [], [], 0)[0]:
        if select.select([controller], [], [], 0.1)[0]:
            try:
                shown += os.read(controller, 65536)
            except OSError:  # its other end was closed
                break
    os.close(controller)
    assert process.wait(timeout=60) == 0
    assert b"\r\x1b[Kexporting [" in shown and b" items, " in shown and b"verifying [" in shown
    assert b"exporting" not in shown.rsplit(b"\x1b[K", 1)[1]  # nothing of it is left at the end
    assert process.stdout.read().startswith("arn:")


def test_quiet_says_nothing_on_standard_error(dray, recoverable):
    assert dray.run("export", recoverable, "s3://own/quiet", "--quiet").stderr == ""
