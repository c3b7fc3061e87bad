"""Commands against an endpoint that answers 500 and 503, slowly, half or not at all: they try again with pauses that grow, and then say
clearly what was wrong. Nothing is done twice, and damage on the way is not taken for an export."""

import re
import time

import pytest

from command_fixtures import ITEMS, arn_of, has_recovery
from faulty_proxy import operation, reading, times

FAULTS = {"500": ("status", 500), "503": ("status", 503), "cut": ("cut", 5), "lost": ("lose", None), "slow": ("slow", 1.5)}


def run(dray, proxy, *arguments, **options):
    return dray.run(*arguments, "--request-timeout", 1, endpoint=proxy.endpoint, **options)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_what_passes_is_tried_again(dray, proxy, recoverable, fault):
    proxy.faults = [times(2, operation(name), *fault) for name in ("DescribeTable", "ExportTableToPointInTime", "DescribeExport")]
    proxy.faults += [times(1, reading("manifest-files.json"), *fault), times(2, reading("/data/"), *fault)]
    done = run(dray, proxy, "export", recoverable, "s3://own/faults")
    assert f" {ITEMS} records" in done.stdout and "schema: " in done.stdout
    # A request on a connection that the server closed is sent again at once, without a word.
    assert len(re.findall(r"attempt 2 of 5 in 0\.[12] s", done.stderr)) >= 3
    assert re.search(r"attempt 3 of 5 in 0\.[234] s", done.stderr)


def test_an_answer_that_was_lost_starts_no_second_export(dray, proxy, dynamodb, recoverable):
    proxy.faults = [times(3, operation("ExportTableToPointInTime"), "lose", None)]
    done = run(dray, proxy, "export", recoverable, "s3://own/lost")
    arn = dynamodb.describe_table(TableName=recoverable)["Table"]["TableArn"]
    assert [job["ExportArn"] for job in dynamodb.list_exports(TableArn=arn)["ExportSummaries"]] == [arn_of(done)]


@pytest.mark.parametrize("fault, text", [(("status", 500), "500 HTTP 500"), (("status", 503), "503 HTTP 503"),
                                         (("lose", None), "(after 3 attempts)"), (("slow", 20), "timed out")],
                         ids=["500", "503", "cut", "slow"])
def test_what_does_not_pass_is_said_and_ends_with_5(dray, proxy, fault, text):
    proxy.faults = [lambda request: fault]
    begun = time.monotonic()
    done = run(dray, proxy, "job", "list", "--attempts", 3, code=5)
    assert time.monotonic() - begun < 10
    assert text.lower() in done.stderr.lower() and "(after 3 attempts)" in done.stderr and proxy.endpoint in done.stderr
    assert len(proxy.requests) == 3


def test_nobody_listens(dray):
    done = dray.run("export", "t", "s3://b", "--attempts", 2, endpoint="http://127.0.0.1:1", code=5)
    assert "http://127.0.0.1:1: " in done.stderr and "(after 2 attempts)" in done.stderr


def test_an_endpoint_that_goes_away_while_the_export_runs(dray, proxy, dynamodb, table):
    """The job goes on, which is said; recovery stays on, because nobody answers, which is said, too."""
    accepted = []
    proxy.faults = [lambda request: ("status", 503) if accepted else None,
                    lambda request: accepted.append(1) if operation("ExportTableToPointInTime")(request) else None]
    done = run(dray, proxy, "export", table, "s3://own/gone", "--enable-pitr", "--disable-pitr-after", "--attempts", 2, code=5)
    assert f"the export goes on at the server: dray job show {arn_of(done)}" in done.stderr
    assert "could not be turned off again" in done.stderr and has_recovery(dynamodb, table)


def test_an_endpoint_that_speaks_something_else(dray, proxy):
    proxy.faults = [lambda request: ("change", lambda body: b"<html>welcome</html>")]
    done = run(dray, proxy, "job", "list", code=1)
    assert "does not answer as DynamoDB does: is it the right endpoint?" in done.stderr


@pytest.mark.parametrize("part, text", [("manifest-files.json", "does not have the checksum in"), ("manifest-summary.md5", "does not have"),
                                        ("/data/", "has the MD5 ")])
def test_what_was_changed_is_not_whole(dray, proxy, recoverable, part, text):
    proxy.faults = [lambda request: ("change", lambda body: body[:10] + b"\x55" + body[11:]) if reading(part)(request) else None]
    done = run(dray, proxy, "export", recoverable, "s3://own/changed", code=3)
    assert "is complete by its description, but not whole:" in done.stderr and text in done.stderr


def test_a_data_file_that_is_gone_is_named(dray, proxy, recoverable):
    proxy.faults = [lambda request: ("status", 404) if reading("/data/")(request) else None]
    done = run(dray, proxy, "export", recoverable, "s3://own/gone", code=4)  # no S3 says it so: it could not be read
    assert "not verified: s3://own/gone/AWSDynamoDB/" in done.stderr
