"""`dray import` against a real server: what it recognises, verifies, stages, makes and refuses, and how it ends. What is pure is tested
beside the code; files of this machine, schemas and settings in test_import_folder.py and test_import_settings.py."""

import gzip
import json
import signal

import pytest

from command_fixtures import ITEMS, SOURCE, TARGET, arn_of, keys, read_json
from dray_server import DrayServer
from faulty_proxy import operation, times, wait_until
from import_fixtures import KEY, exported, items_of, new_name  # noqa: F401


def test_an_export_in_a_bucket_becomes_the_same_table(dray, dynamodb, exported):
    name = new_name()
    done = dray.run("import", exported.url, name)
    arn = arn_of(done)
    assert f":{SOURCE}:table/{name}/import/" in arn and f"import accepted: {arn}" in done.stderr
    assert f"imported: {ITEMS} items of {ITEMS} records, 0 errors, into {name}" in done.stdout
    assert "verified: both manifests and their checksums; " in done.stdout and "by their ETag" in done.stdout
    assert f"keys and settings: s3://own/{exported.prefix}DraySchema/{exported.id}.json" in done.stderr
    assert items_of(dynamodb, name) == items_of(dynamodb, exported.table)
    made, before = (dynamodb.describe_table(TableName=each)["Table"] for each in (name, exported.table))
    for member in ("KeySchema", "AttributeDefinitions"):
        assert sorted(made[member], key=str) == sorted(before[member], key=str)
    assert [index["IndexName"] for index in made["GlobalSecondaryIndexes"]] == ["by-n"]
    assert dynamodb.list_tags_of_resource(ResourceArn=made["TableArn"])["Tags"] == [dict(Key="team", Value="data")]
    described = dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]
    assert described["S3BucketSource"]["S3KeyPrefix"] == f"{exported.root}data/"
    assert (described["InputFormat"], described["InputCompressionType"]) == ("DYNAMODB_JSON", "GZIP")


@pytest.mark.parametrize("below", ["AWSDynamoDB/", "AWSDynamoDB", "AWSDynamoDB/ID", "AWSDynamoDB/ID/", "AWSDynamoDB/ID/data/",
                                   "AWSDynamoDB/ID/manifest-summary.json", "AWSDynamoDB/ID/manifest-files.json"])
def test_every_way_to_name_an_export(dray, exported, below):
    done = dray.run("import", exported.url + below.replace("ID", exported.id), new_name())
    assert f"imported: {ITEMS} items of {ITEMS} records" in done.stdout and "verified: " in done.stdout


def test_an_export_whose_keys_are_said_by_hand(dray, dynamodb, exported):
    name = new_name()
    done = dray.run("import", exported.url + f"AWSDynamoDB/{exported.id}/data/", name, "--format", "dynamodb-json", "--compression", "gzip",
                    *KEY)
    assert "verified" not in done.stdout and f"imported: {ITEMS} items" in done.stdout
    assert "GlobalSecondaryIndexes" not in dynamodb.describe_table(TableName=name)["Table"]
    refused = dray.run("import", exported.url, new_name(), "--format", "ion", code=1)
    assert "is an export in DYNAMODB_JSON with GZIP: leave --format" in refused.stderr


def test_an_export_in_ion(dray, dynamodb, recoverable):
    prefix = f"ion/{new_name()}"
    dray.run("export", recoverable, f"s3://own/{prefix}", "--format", "ion")
    name = new_name()
    done = dray.run("import", f"s3://own/{prefix}", name, "--json")
    result = json.loads(done.stdout)
    assert result["ImportTableDescription"]["InputFormat"] == "ION" and result["ImportTableDescription"]["ImportedItemCount"] == ITEMS
    assert result["Verified"]["Whole"] is True and result["Verified"]["DataFilesByETag"] == result["Verified"]["DataFiles"]
    assert result["Applied"] == ["1 tag", "point-in-time recovery"] and result["Source"].startswith(f"s3://own/{prefix}/AWSDynamoDB/")
    assert items_of(dynamodb, name) == items_of(dynamodb, recoverable)


def test_several_exports_are_listed_and_none_is_chosen(dray, recoverable):
    prefix = f"several/{new_name()}"
    ids = [arn_of(dray.run("export", recoverable, f"s3://own/{prefix}", "--no-verify")).rsplit("/", 1)[1] for _ in range(2)]
    done = dray.run("import", f"s3://own/{prefix}", new_name(), code=1)
    assert f"there are 2 exports under s3://own/{prefix}: name one of them" in done.stderr
    for export_id in ids:
        assert f"s3://own/{prefix}/AWSDynamoDB/{export_id}/  {recoverable} as of 20" in done.stderr and f"{ITEMS} items" in done.stderr


# ---- what is not whole is not imported


def damage(buckets, exported, what):
    s3 = buckets[SOURCE]
    data = sorted(key for key in keys(s3, "own", exported.root + "data/"))
    largest = max(data, key=lambda key: s3.head_object(Bucket="own", Key=key)["ContentLength"])
    if what == "changed":
        body = gzip.decompress(s3.get_object(Bucket="own", Key=largest)["Body"].read())
        s3.put_object(Bucket="own", Key=largest, Body=gzip.compress(body))  # the same items in other bytes
    elif what == "missing":
        s3.delete_object(Bucket="own", Key=largest)
    elif what == "stranger":
        s3.put_object(Bucket="own", Key=exported.root + "data/zz.json.gz", Body=b"")
    elif what == "manifest":
        s3.put_object(Bucket="own", Key=exported.root + "manifest-files.md5", Body=b"AAAAAAAAAAAAAAAAAAAAAA==")
    elif what == "summary":
        s3.delete_object(Bucket="own", Key=exported.root + "manifest-summary.json")
    elif what == "files":
        s3.delete_object(Bucket="own", Key=exported.root + "manifest-files.json")
    return largest


@pytest.mark.parametrize("what, text", [
    ("changed", "has the MD5 "), ("missing", " is missing"), ("stranger", "zz.json.gz is not in the manifest, and would be imported"),
    ("manifest", "does not have the checksum in "), ("files", "manifest-files.json is missing"),
    ("summary", "is an export without manifest-summary.json: it is not complete")])
def test_what_is_not_whole_is_not_imported(dray, dynamodb, buckets, proxy, exported, what, text):
    largest = damage(buckets, exported, what)
    name = new_name()
    done = dray.run("import", exported.url, name, endpoint=proxy.endpoint, code=3)
    assert text in done.stderr and f"s3://own/{exported.root}" in done.stderr
    if what in ("changed", "missing"):
        assert f"s3://own/{largest} " in done.stderr
    assert "ImportTable" not in proxy.targets()
    dry = dray.run("import", exported.url, name, "--dry-run", code=3)
    assert text in dry.stderr and "would send" not in dry.stdout


def test_without_verification_only_the_summary_is_needed(dray, buckets, exported):
    damage(buckets, exported, "manifest")
    damage(buckets, exported, "files")
    assert f"imported: {ITEMS} items" in dray.run("import", exported.url, new_name(), "--no-verify").stdout
    damage(buckets, exported, "summary")
    dray.run("import", exported.url, new_name(), "--no-verify", code=3)


def test_an_export_that_was_copied_elsewhere_is_found_and_checked_where_it_is(dray, dynamodb, buckets, exported):
    s3, prefix = buckets[SOURCE], f"moved/{new_name()}/"
    for key in keys(s3, "own", exported.root):
        body = s3.get_object(Bucket="own", Key=key)["Body"].read()
        s3.put_object(Bucket="own", Key=prefix + key.removeprefix(exported.root), Body=body)
    damage(buckets, exported, "missing")  # nothing is read where it was
    name = new_name()
    done = dray.run("import", f"s3://own/{prefix}", name, *KEY)
    assert "by their ETag" in done.stdout and len(items_of(dynamodb, name)) == ITEMS
    [first, *_] = keys(s3, "own", prefix + "data/")
    s3.put_object(Bucket="own", Key=first, Body=b"changed")
    done = dray.run("import", f"s3://own/{prefix}", new_name(), *KEY, code=3)
    assert f"s3://own/{first} has the MD5 " in done.stderr


def test_what_is_nothing_and_what_says_nothing(dray, buckets):
    assert "there is nothing under s3://own/nothing-here" in dray.run("import", "s3://own/nothing-here", new_name(), code=1).stderr
    assert "NoSuchBucket" in dray.run("import", "s3://no-such-bucket/", new_name(), code=1).stderr
    buckets[SOURCE].put_object(Bucket="own", Key="unsaid/a.json", Body=b"{}")
    assert "is not an export: say what it holds with --format" in dray.run("import", "s3://own/unsaid/", new_name(), code=1).stderr


# ---- plain data


def test_plain_objects_need_their_format(dray, dynamodb, buckets):
    lines = b"".join(b'{"Item":{"pk":{"S":"%d"}}}\n' % i for i in range(7))
    buckets[SOURCE].put_object(Bucket="own", Key="plain/a/1.gz", Body=gzip.compress(lines))
    name = new_name()
    done = dray.run("import", "s3://own/plain/a/", name, "--format", "dynamodb-json", "--compression", "gzip", *KEY)
    assert "imported: 7 items of 7 records, 0 errors" in done.stdout and len(items_of(dynamodb, name)) == 7
    assert dynamodb.describe_table(TableName=name)["Table"]["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_records_that_are_no_items_are_counted_and_the_others_are_there(dray, dynamodb, buckets):
    lines = [b'{"Item":{"pk":{"S":"%d"}}}\n' % i for i in range(5)] + [b'{"Item":{"other":{"S":"x"}}}\n']
    buckets[SOURCE].put_object(Bucket="own", Key="plain/bad/1", Body=b"".join(lines))
    name = new_name()
    done = dray.run("import", "s3://own/plain/bad/", name, "--format", "dynamodb-json", *KEY, code=1)
    assert "imported: 5 items of 6 records, 1 errors" in done.stdout and "FAILED" in done.stdout
    assert "failed: ItemValidationError: Some of the items failed validation checks" in done.stderr
    assert f"1 records are not in it: dray job logs {arn_of(done)}" in done.stderr
    assert len(items_of(dynamodb, name)) == 5


def test_the_first_lines_of_the_error_log_are_shown(dray, buckets, proxy):
    """Of a server that has the operation; others give their count."""
    buckets[SOURCE].put_object(Bucket="own", Key="plain/worse/1", Body=b'{"Item":{"other":{"S":"x"}}}\n' * 9)
    line = dict(itemS3Pointer=dict(bucket="own", key="plain/worse/1", itemIndex=0), importArn="arn", byteOffset=0,
                errorMessages=["One or more parameter values were invalid: Missing the key pk in the item"], recordHead='{"Item":{"other"')
    answer = json.dumps(dict(Errors=[dict(Time=1.5, Error=line)], HasMore=True)).encode()
    proxy.faults = [lambda request: ("answer", answer) if operation("DescribeJobErrors")(request) else None]
    done = dray.run("import", "s3://own/plain/worse/", new_name(), "--format", "dynamodb-json", *KEY, endpoint=proxy.endpoint, code=1)
    assert ('  plain/worse/1, record 0, byte 0: One or more parameter values were invalid: Missing the key pk in the item\n'
            '    {"Item":{"other"\n  ...\n') in done.stderr
    [asked] = [json.loads(request[3]) for request in proxy.requests if operation("DescribeJobErrors")(request)]
    assert asked == dict(JobArn=arn_of(done), Limit=5)


def test_every_member_of_the_wizard_is_sent(dray, proxy):
    def sent(*flags):
        proxy.reset()
        proxy.faults = [lambda request: ("status", 400) if operation("ImportTable")(request) else None]
        done = dray.run("import", "s3://b/pre/fix", "t", "--no-verify", *flags, endpoint=proxy.endpoint, code=1)
        assert "ImportTable: HTTP 400" in done.stderr
        assert {request[0] for request in proxy.requests} == {"POST"}  # nobody looks at the bucket
        return json.loads(proxy.requests[-1][3])

    request = sent("--format", "ion", *KEY)
    assert request.pop("ClientToken") != sent("--format", "ion", *KEY)["ClientToken"]
    parameters = dict(TableName="t", AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")],
                      KeySchema=[dict(AttributeName="pk", KeyType="HASH")], BillingMode="PAY_PER_REQUEST")
    assert request == dict(S3BucketSource=dict(S3Bucket="b", S3KeyPrefix="pre/fix"), InputFormat="ION", TableCreationParameters=parameters)
    request = sent("--format", "csv", "--compression", "zstd", "--csv-delimiter", "tab", "--csv-header", "pk,a b", "--bucket-owner", TARGET,
                   "--client-token", "token", "--read-capacity", 3, "--write-capacity", 4, *KEY)
    assert request == dict(
        ClientToken="token", S3BucketSource=dict(S3BucketOwner=TARGET, S3Bucket="b", S3KeyPrefix="pre/fix"), InputFormat="CSV",
        InputFormatOptions=dict(Csv=dict(Delimiter="\t", HeaderList=["pk", "a b"])), InputCompressionType="ZSTD",
        TableCreationParameters=dict(parameters, BillingMode="PROVISIONED",
                                     ProvisionedThroughput=dict(ReadCapacityUnits=3, WriteCapacityUnits=4)))


def test_a_table_that_is_there_is_said_before_anything_else(dray, proxy, table, exported):
    done = dray.run("import", exported.url, table, endpoint=proxy.endpoint, code=1)
    assert f"there is a table {table} already" in done.stderr and proxy.targets() == ["DescribeTable"]


def test_the_servers_refusal_is_shown_in_its_words(dray, exported):
    done = dray.run("import", exported.url, new_name(), "--billing-mode", "free", code=1)
    assert "Value 'FREE' at 'tableCreationParameters.billingMode' failed to satisfy constraint" in done.stderr
    done = dray.run("import", exported.url, new_name(), "--no-schema", code=1)
    assert "the table's keys are not known: give --schema FILE" in done.stderr


def test_across_accounts(dray, server, buckets, exported):
    """The bucket is another account's: its owner looks, and lets the importing account read."""
    name = new_name()
    done = dray.run("import", exported.url, name, AWS_PROFILE="target", code=1)
    assert "AccessDenied" in done.stderr and "--bucket-profile" in done.stderr
    buckets[SOURCE].put_bucket_policy(Bucket="own", Policy=json.dumps(dict(Version="2012-10-17", Statement=[
        dict(Effect="Allow", Principal=dict(AWS=f"arn:aws:iam::{TARGET}:root"), Action=["s3:GetObject", "s3:ListBucket"],
             Resource=["arn:aws:s3:::own", "arn:aws:s3:::own/*"])])))
    done = dray.run("import", exported.url, name, "--bucket-profile", "source", AWS_PROFILE="target", code=1)
    assert "failed: S3AccessDenied" in done.stderr and "needs --bucket-owner" in done.stderr
    done = dray.run("import", exported.url, name, "--bucket-owner", SOURCE, AWS_PROFILE="target")
    assert f"imported: {ITEMS} items" in done.stdout
    buckets[SOURCE].delete_bucket_policy(Bucket="own")
    assert len(items_of(server.client("dynamodb", TARGET), name)) == ITEMS


# ---- interrupts


def keep_in_progress(request):
    return ("change", lambda body: body.replace(b"COMPLETED", b"IN_PROGRESS")) if operation("DescribeImport")(request) else None


def test_ctrl_c_leaves_the_import_running(dray, dynamodb, proxy, exported):
    proxy.faults = [keep_in_progress]
    process = dray.start("import", exported.url, new_name(), endpoint=proxy.endpoint)
    wait_until(lambda: "DescribeImport" in proxy.targets())
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    arn = out.splitlines()[0]
    assert f"interrupted; the import goes on at the server: dray job show {arn}" in err and f"dray job cancel {arn}" in err
    assert "its settings are not applied: 1 tag" in err and "TagResource" not in proxy.targets()
    wait_until(lambda: dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]["ImportStatus"] == "COMPLETED")


def test_ctrl_c_before_the_import_is_accepted(dray, proxy, exported):
    proxy.faults = [lambda request: ("slow", 20) if operation("DescribeTable")(request) else None]
    process = dray.start("import", exported.url, new_name(), endpoint=proxy.endpoint)
    wait_until(lambda: "DescribeTable" in proxy.targets())
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130 and "interrupted; nothing was begun" in err


def test_ctrl_c_while_the_import_is_asked_for_finds_out_whether_it_runs(dray, dynamodb, proxy, exported):
    """The request arrives, its answer does not: the command looks for the job by its token."""
    proxy.faults = [times(1, operation("ImportTable"), "lose", None),
                    lambda request: ("slow", 20) if operation("ImportTable")(request) else None]
    name = new_name()
    process = dray.start("import", exported.url, name, endpoint=proxy.endpoint)
    wait_until(lambda: proxy.targets().count("ImportTable") == 2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130 and f":table/{name}/import/" in out.splitlines()[0] and "goes on at the server" in err


def test_ctrl_c_cancels_when_asked_to(dray, dynamodb, buckets, large):
    name = new_name()
    process = dray.start("import", "s3://own/large/", name, "--format", "dynamodb-json", "--compression", "gzip", *KEY,
                         "--cancel-on-interrupt")
    line = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "import accepted" in line and "interrupted; the import was cancelled" in err
    described = dynamodb.describe_import(ImportArn=out.splitlines()[0])["ImportTableDescription"]
    assert described["ImportStatus"] == "FAILED" and described["FailureCode"] == "Cancelled"
    assert name not in dynamodb.list_tables()["TableNames"]


def test_no_wait_only_starts_it(dray, dynamodb, exported):
    done = dray.run("import", exported.url, new_name(), "--no-wait")
    [arn, verified] = done.stdout.splitlines()
    assert verified.startswith("verified: ")
    wait_until(lambda: dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]["ImportStatus"] == "COMPLETED")


# ---- endpoints that fail


FAULTS = {"500": ("status", 500), "503": ("status", 503), "cut": ("cut", 5), "lost": ("lose", None), "slow": ("slow", 1.5)}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_what_passes_is_tried_again(dray, dynamodb, proxy, exported, fault):
    proxy.faults = [times(2, operation(name), *fault) for name in ("DescribeTable", "ImportTable", "DescribeImport", "TagResource")]
    proxy.faults += [times(1, lambda request: request[0] == "GET", *fault)]
    name = new_name()
    done = dray.run("import", exported.url, name, "--request-timeout", 1, endpoint=proxy.endpoint)
    assert f"imported: {ITEMS} items" in done.stdout and "applied: 1 tag" in done.stdout
    assert len([job for job in dynamodb.list_imports(PageSize=25)["ImportSummaryList"] if f":table/{name}/" in job["ImportArn"]]) == 1


def test_an_import_whose_answer_is_lost_until_it_has_ended_is_found_again(dray, dynamodb, proxy, exported):
    """Behind its end AWS refuses the same token because of the table that the import made."""
    name = new_name()

    def ended(request):
        if not operation("ImportTable")(request) or name not in dynamodb.list_tables()["TableNames"]:
            return None
        wait_until(lambda: dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE")
        return None

    proxy.faults = [times(1, operation("ImportTable"), "lose", None), ended]
    done = dray.run("import", exported.url, name, endpoint=proxy.endpoint)
    assert proxy.targets().count("ImportTable") == 2 and f"imported: {ITEMS} items" in done.stdout


def test_an_endpoint_that_goes_away_while_the_import_runs(dray, proxy, exported):
    accepted = []
    proxy.faults = [lambda request: ("status", 503) if accepted else None,
                    lambda request: accepted.append(1) if operation("ImportTable")(request) else None]
    done = dray.run("import", exported.url, new_name(), "--attempts", 2, endpoint=proxy.endpoint, code=5)
    assert f"the import goes on at the server: dray job show {arn_of(done)}" in done.stderr


def test_an_answer_that_never_comes_leaves_a_token_to_ask_again(dray, proxy, exported):
    proxy.faults = [lambda request: ("lose", None) if operation("ImportTable")(request) else None]
    name = new_name()
    done = dray.run("import", exported.url, name, "--attempts", 2, endpoint=proxy.endpoint, code=5)
    [token] = [word for word in done.stderr.split() if word.count("-") == 4 and len(word) == 36]
    assert "nobody knows whether the import was accepted" in done.stderr
    again = dray.run("import", exported.url, name, "--client-token", token)
    assert f"imported: {ITEMS} items" in again.stdout


def test_another_server(dray, tmp_path, exported):
    """Tables of one server, the bucket of the other one: only the tables' server can read it, so this needs a remote target there."""
    server = DrayServer(tmp_path)
    server.start()
    try:
        key, secret = server.create_account(SOURCE)
        done = dray.run("import", exported.url, new_name(), "--s3-endpoint-url", dray.server.endpoint, "--profile", "source",
                        endpoint=server.endpoint, code=1)
        assert "UnrecognizedClientException" in done.stderr
        assert key and secret
    finally:
        server.stop()


def test_quiet_says_nothing_on_standard_error(dray, exported):
    assert dray.run("import", exported.url, new_name(), "--quiet").stderr == ""


def test_a_dry_run_looks_and_changes_nothing(dray, dynamodb, proxy, exported):
    name = new_name()
    done = dray.run("import", exported.url, name, "--dry-run", endpoint=proxy.endpoint)
    assert "verified: " in done.stdout and f'would send ImportTable {{"ClientToken":"' in done.stdout
    assert 'would send TagResource {"ResourceArn":"the ARN of the table","Tags":[{"Key":"team","Value":"data"}]}' in done.stdout
    assert set(proxy.targets()) == {"DescribeTable"} and {request[0] for request in proxy.requests} == {"GET", "POST"}
    result = json.loads(dray.run("import", exported.url, name, "--dry-run", "--json").stdout)
    assert [request["Operation"] for request in result["Requests"]] == ["ImportTable", "TagResource"]
    body = result["Requests"][0]["Body"]
    assert dynamodb.import_table(**body)["ImportTableDescription"]["ImportStatus"] == "IN_PROGRESS"  # it can be sent as it is


def test_a_schema_beside_another_export_is_not_taken(dray, buckets, exported):
    key = f"{exported.prefix}DraySchema/{exported.id}.json"
    schema = read_json(buckets[SOURCE], "own", key)
    buckets[SOURCE].put_object(Bucket="own", Key=key, Body=json.dumps(dict(schema, ExportArn="arn:other")).encode())
    assert "is of another export, arn:other" in dray.run("import", exported.url, new_name(), code=1).stderr
    buckets[SOURCE].put_object(Bucket="own", Key=key, Body=b"{")
    assert f"s3://own/{key} (--no-schema leaves it out): it is not JSON" in dray.run("import", exported.url, new_name(), code=1).stderr
    dray.run("import", exported.url, new_name(), "--no-schema", *KEY)
