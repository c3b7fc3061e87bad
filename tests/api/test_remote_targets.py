"""Exports to a bucket of another server, and imports from one: a second `dray serve` is the remote target, behind a proxy that keeps
what was sent, byte by byte, and breaks what a test tells it to."""

import gzip
import http.client
import json
import socket
import ssl
import subprocess
import threading
import time
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import check_export
from dray_server import BINARY, REGION, DrayServer
from dynamodb_fixtures import make_table, table_arn, wait_for
from raw_dynamodb import raw

OWNER, OTHER = "111122223333", "444455556666"  # of the server with the tables
KEEPER, STRANGER = "777788889999", "222233334444"  # of the remote one: who has the bucket, who signs
BUCKET = "remote-bucket"


class Proxy:
    """Passes requests on to `upstream` and keeps them. `broken` decides what happens to one instead: a status, 'cut' (no answer),
    'lost' (done, but the answer is cut off), 'half' of the answer, 'slow', or None."""

    def __init__(self, upstream, certificate=None):
        self.upstream, self.seen, self.broken = upstream, [], lambda method, path: None
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                proxy.seen.append((self.command, self.path, dict(self.headers.items()), body))
                fault = proxy.broken(self.command, self.path)
                if fault == "slow":
                    time.sleep(3)
                if isinstance(fault, int):
                    return self.answer(fault, {}, b"<Error><Code>SlowDown</Code><Message>Reduce your request rate</Message></Error>")
                if fault != "cut":
                    status, headers, answer = proxy.forward(self.command, self.path, self.headers, body)
                    if fault == "half":
                        self.answer(status, headers, answer, len(answer) // 2)
                    elif fault != "lost":
                        return self.answer(status, headers, answer)
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

            def answer(self, status, headers, body, sent=None):
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in ("content-length", "connection", "date", "server", "transfer-encoding"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[:sent])

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_one

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *arguments: None  # clients that hang up are part of the tests
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.endpoint = f"{'https' if certificate else 'http'}://127.0.0.1:{self.server.server_port}"

    def forward(self, method, path, headers, body):
        # What was signed stays as it is, the Host header included.
        connection = http.client.HTTPConnection(self.upstream.endpoint.split("://")[1], timeout=60)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), content

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def write_targets(path, endpoint, credentials, **changes):
    target = {"name": "archive", "endpoint": endpoint, "region": REGION, "access_key_id": credentials[0],
              "secret_access_key": credentials[1], "accounts": [OWNER],
              "buckets": [{"name": BUCKET, "prefix": "in"}, {"name": "missing-remote-bucket"}, {"name": "closed-remote-bucket"}],
              "attempts": 4, "timeout_seconds": 2, **changes}
    path.write_text(json.dumps({"targets": [{name: value for name, value in target.items() if value is not None}]}))
    path.chmod(0o600)
    return path


def policy(account, bucket):
    return json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": ["s3:PutObject", "s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetObject"],
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}]})


@pytest.fixture(scope="module")
def remote(tmp_path_factory):
    """The other server: KEEPER's bucket lets STRANGER write, and STRANGER's keys are the target's."""
    started = DrayServer(tmp_path_factory.mktemp("remote"))
    started.start()
    for account in (KEEPER, STRANGER):
        started.create_account(account)
    s3 = started.client("s3", KEEPER)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(STRANGER, BUCKET))
    s3.create_bucket(Bucket="closed-remote-bucket")
    yield started
    started.stop()


@pytest.fixture(scope="module")
def proxy(remote):
    started = Proxy(remote)
    yield started
    started.stop()


@pytest.fixture(autouse=True)
def whole_again(request):
    yield
    if "proxy" in request.fixturenames:
        request.getfixturevalue("proxy").broken = lambda method, path: None


@pytest.fixture(scope="module")
def server(tmp_path_factory, remote, proxy):
    folder = tmp_path_factory.mktemp("tables")
    targets = write_targets(folder / "targets.json", proxy.endpoint, remote.credentials[STRANGER])
    started = DrayServer(folder, "--remote-targets", targets)
    started.start()
    for account in (OWNER, OTHER):
        started.create_account(account)
    yield started
    assert started.stop() == 0


@pytest.fixture(scope="module")
def table(server):
    return filled_table(server, OWNER)


def filled_table(server, account, count=200):
    dynamodb = server.client("dynamodb", account)
    name = make_table(dynamodb)
    for number in range(count):
        dynamodb.put_item(TableName=name, Item={"pk": {"S": f"item {number}"}, "n": {"N": str(number)}})
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
    return name


def start(server, table, bucket=BUCKET, owner=KEEPER, prefix="in", account=OWNER):
    wanted = dict(TableArn=table_arn(table, account), S3Bucket=bucket, S3Prefix=prefix)
    if owner:
        wanted["S3BucketOwner"] = owner
    return server.client("dynamodb", account).export_table_to_point_in_time(**wanted)["ExportDescription"]["ExportArn"]


def ended(server, arn, account=OWNER):
    return wait_for(lambda: server.client("dynamodb", account).describe_export(ExportArn=arn)["ExportDescription"], "ExportStatus")


def log_of(server, arn):
    status, answer = raw(server, "DescribeJobLog", dict(JobArn=arn), api="Dray_20261122")
    assert status == 200, answer
    return "\n".join(line["Text"] for line in answer["Lines"])


def fetch(remote, prefix, folder):
    s3 = remote.client("s3", KEEPER)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix):
        for listed in page.get("Contents", []):
            to = folder / listed["Key"]
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(s3.get_object(Bucket=BUCKET, Key=listed["Key"])["Body"].read())


def check_copy(remote, arn, folder, prefix="in"):
    """Every rule of the layout holds for what the remote server has, and no upload is left open there."""
    export_id = arn.rsplit("/", 1)[1]
    fetch(remote, f"{prefix}/AWSDynamoDB/{export_id}/", folder)
    found = check_export.check(folder, prefix, export_id, {}, ("pk",))
    uploads = remote.client("s3", KEEPER).list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
    assert not [upload for upload in uploads if export_id in upload["Key"]]
    return found


def keys_of(remote, arn):
    listed = remote.client("s3", KEEPER).list_objects_v2(Bucket=BUCKET, Prefix="in/AWSDynamoDB/" + arn.rsplit("/", 1)[1])
    return [entry["Key"] for entry in listed.get("Contents", [])]


def test_an_export_goes_to_the_remote_bucket_and_is_whole(server, remote, proxy, table, tmp_path):
    mark = len(proxy.seen)
    arn = start(server, table)
    done = ended(server, arn)
    assert done["ExportStatus"] == "COMPLETED", done
    assert check_copy(remote, arn, tmp_path)["items"] == 200
    # Its own server has no such bucket.
    assert BUCKET not in [bucket["Name"] for bucket in server.client("s3", OWNER).list_buckets()["Buckets"]]

    # What was signed: as the target's credentials, with the owner that was named, and nothing of who asked.
    sent = proxy.seen[mark:]
    assert sent[-1][1].endswith("/manifest-summary.json")
    access_key, secret = remote.credentials[STRANGER]
    for method, path, headers, body in sent:
        lower = {name.lower(): value for name, value in headers.items()}
        assert lower["x-amz-expected-bucket-owner"] == KEEPER
        assert lower["authorization"].startswith(f"AWS4-HMAC-SHA256 Credential={access_key}/")
        signed = lower["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
        assert {name for name in lower if name.startswith("x-amz-") or name in ("host", "content-md5")} <= set(signed)
        whole = f"{method} {path} {headers}".encode() + (body if b"CompleteMultipartUpload" in body else b"")
        for private in (secret, OWNER, *server.credentials[OWNER]):
            assert private.encode() not in whole
        assert "called" not in whole.decode().lower() and "x-amz-acl" not in lower
        if "uploadId" not in path and method in ("PUT", "POST"):
            assert lower["x-amz-server-side-encryption"] == "AES256"
        if method == "PUT":
            assert lower["content-md5"] == check_export.md5_base64(body)
    assert not [line for line in server.log if secret in line or server.credentials[OWNER][1] in line]


def test_who_is_not_listed_is_refused_before_anything_is_sent(server, proxy):
    table = filled_table(server, OTHER, 1)
    mark = len(proxy.seen)
    arn = start(server, table, owner=None, account=OTHER)
    done = ended(server, arn, OTHER)
    assert (done["ExportStatus"], done["FailureCode"]) == ("FAILED", "S3AccessDenied")
    assert done["FailureMessage"].startswith(
        f"User: arn:aws:iam::{OTHER}:root is not authorized to perform: s3:PutObject on resource: \"arn:aws:s3:::{BUCKET}/in/")
    assert "(Service: Amazon S3; Status Code: 403; Error Code: AccessDenied;" in done["FailureMessage"]
    reason = f"The configuration of the remote target archive does not list the account {OTHER}."
    assert done["FailureMessage"].endswith(reason)
    _, answer = raw(server, "DescribeExport", dict(ExportArn=arn), account=OTHER)
    assert reason in answer["ExportDescription"]["FailureDetail"]
    assert len(proxy.seen) == mark


@pytest.mark.parametrize("prefix", ["out", "inside", "in/../out"])
def test_other_prefixes_are_refused(server, proxy, table, prefix):
    mark = len(proxy.seen)
    done = ended(server, start(server, table, prefix=prefix))
    assert (done["ExportStatus"], done["FailureCode"]) == ("FAILED", "S3AccessDenied")
    assert len(proxy.seen) == mark


def test_the_endpoints_refusals_have_aws_codes_and_words(server, table):
    done = ended(server, start(server, table, owner=STRANGER))
    assert done["FailureCode"] == "S3AccessDenied"
    assert done["FailureMessage"].startswith("Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied;")
    done = ended(server, start(server, table, owner=None))  # then it is the caller's account that has to own the bucket
    assert done["FailureCode"] == "S3AccessDenied"
    done = ended(server, start(server, table, bucket="closed-remote-bucket"))
    assert done["FailureCode"] == "S3AccessDenied"
    done = ended(server, start(server, table, bucket="missing-remote-bucket"))
    assert done["FailureCode"] == "S3NoSuchBucket"
    assert done["FailureMessage"].startswith("The specified bucket does not exist (Service: Amazon S3; Status Code: 404;")


@pytest.mark.parametrize("fault", [500, 503, "cut", "lost", "slow"])
def test_faults_that_pass_are_outlived(server, remote, proxy, table, fault, tmp_path):
    """Each request goes wrong once."""
    met, lock = set(), threading.Lock()

    def once(method, path):
        with lock:
            key = (method, path.split("uploadId")[0])
            is_new = key not in met
            met.add(key)
        # Waiting for each request would take long: only those of the data file.
        return fault if is_new and (fault != "slow" or "uploads" in path) else None

    proxy.broken = once
    arn = start(server, table)
    done = ended(server, arn)
    assert done["ExportStatus"] == "COMPLETED", done
    proxy.broken = lambda method, path: None
    assert check_copy(remote, arn, tmp_path)["items"] == 200
    assert "will be tried again" in log_of(server, arn)


@pytest.mark.parametrize("fault, reason", [(500, "500 SlowDown"), (503, "503 SlowDown: Reduce your request rate (after 4 attempts)"),
                                           ("cut", "(after 4 attempts)"), ("slow", "(after 4 attempts)")])
def test_faults_that_stay_fail_the_export_with_the_reason(server, remote, proxy, table, fault, reason):
    proxy.broken = lambda method, path: fault if "partNumber" in path or fault == "slow" else None
    arn = start(server, table)
    done = ended(server, arn)
    proxy.broken = lambda method, path: None
    assert (done["ExportStatus"], done["FailureCode"]) == ("FAILED", "UNKNOWN")
    assert done["FailureMessage"].startswith("Remote target archive: ") and reason in done["FailureMessage"]
    assert not [key for key in keys_of(remote, arn) if key.endswith("manifest-summary.json")]
    if fault != "slow":
        uploads = remote.client("s3", KEEPER).list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
        # STRANGER began them, so it may abort them, though the bucket's policy does not say so.
        assert not [upload for upload in uploads if arn.rsplit("/", 1)[1] in upload["Key"]]


def test_a_wrong_etag_fails_the_export(server, remote, proxy, table):
    forward = proxy.forward

    def damaged(method, path, headers, body):
        return forward(method, path, headers, body)[:1] + ({"ETag": '"00"'}, b"") if "partNumber" in path else forward(
            method, path, headers, body)

    proxy.forward = damaged
    try:
        done = ended(server, start(server, table))
    finally:
        proxy.forward = forward
    assert (done["ExportStatus"], done["FailureCode"]) == ("FAILED", "UNKNOWN")
    assert "ETag" in done["FailureMessage"]


def test_a_stop_does_not_wait_for_a_slow_endpoint_and_a_kill_loses_nothing(remote, proxy, tmp_path):
    targets = write_targets(tmp_path / "targets.json", proxy.endpoint, remote.credentials[STRANGER], timeout_seconds=60)
    server = DrayServer(tmp_path, "--remote-targets", targets)
    server.start()
    server.create_account(OWNER)
    table = filled_table(server, OWNER)
    reached = threading.Event()

    def stuck(method, path):
        if "partNumber" not in path:
            return None
        reached.set()
        return "slow"

    for end in (server.stop, server.kill):
        reached.clear()
        proxy.broken = stuck
        arn = start(server, table)
        assert reached.wait(30)
        began = time.monotonic()
        end()
        assert time.monotonic() - began < 2.5
        started = {entry[1].split("?")[0] for entry in proxy.seen if "partNumber" in entry[1] and arn.rsplit("/", 1)[1] in entry[1]}
        proxy.broken = lambda method, path: None
        server.start()
        done = ended(server, arn)
        assert done["ExportStatus"] == "COMPLETED", done
        folder = tmp_path / end.__name__
        assert check_copy(remote, arn, folder)["items"] == 200
        # The same names.
        assert started <= {f"/{BUCKET}/{path.relative_to(folder)}" for path in folder.rglob("*.gz")}
    assert server.stop() == 0


def lines_of(s3, done, prefix):
    """The lines of an export, by its manifests, and nothing beside them: no file that none names, no open upload."""
    def read(key):
        return s3.get_object(Bucket=done["S3Bucket"], Key=key)["Body"].read()

    entries = [json.loads(line) for line in read(json.loads(read(done["ExportManifest"]))["manifestFilesS3Key"]).splitlines()]
    lines = [json.loads(line) for entry in entries for line in gzip.decompress(read(entry["dataFileS3Key"])).splitlines()]
    assert len(lines) == sum(entry["itemCount"] for entry in entries) == done["ItemCount"]
    listed = s3.list_objects_v2(Bucket=done["S3Bucket"], Prefix=prefix)["Contents"]
    assert {entry["Key"] for entry in listed if "/data/" in entry["Key"]} == {entry["dataFileS3Key"] for entry in entries}
    uploads = s3.list_multipart_uploads(Bucket=done["S3Bucket"]).get("Uploads", [])
    assert not [upload for upload in uploads if upload["Key"].startswith(prefix)]
    return lines


def test_a_clock_that_steps_while_exports_run_spoils_none(remote, proxy, tmp_path):
    """Full and incremental ones, here and there: back by an hour, forward by a day, while requests of the remote ones are held."""
    targets = write_targets(tmp_path / "targets.json", proxy.endpoint, remote.credentials[STRANGER], timeout_seconds=60)
    server = DrayServer(tmp_path, "--dev", "--remote-targets", targets)
    server.start()
    server.credentials[OWNER] = OWNER, "any"
    server.client("s3", OWNER).create_bucket(Bucket="own-bucket")
    dynamodb = server.client("dynamodb", OWNER)
    offset = 0

    def move_clock(seconds):
        nonlocal offset
        offset += seconds
        urllib.request.urlopen(urllib.request.Request(server.endpoint + "/_dray/dev/clock", method="POST",
                                                      data=json.dumps(dict(offset_seconds=offset)).encode())).read()

    def put(name, number, count=200):
        for key in range(count):
            item = {"pk": {"S": f"{name} {key}"}, "n": {"N": str(number)}}
            dynamodb.put_item(TableName=table, Item=item)
            items[item["pk"]["S"]] = item

    items = {}
    table = make_table(dynamodb)
    dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
    time.sleep(1)  # periods begin at whole seconds
    begin = int(time.time())
    put("changed", 1)
    changed = dict(items)
    move_clock(20 * 60)
    put("later", 1)
    held, moved = set(), threading.Event()

    def hold(method, path):
        if "partNumber" in path:
            held.add(path.split("/")[3])  # /BUCKET/in/0-full/...
            moved.wait(60)

    def start_one(bucket, owner, prefix, **members):
        status, answer = raw(server, "ExportTableToPointInTime", dict(
            TableArn=table_arn(table, OWNER), S3Bucket=bucket, S3BucketOwner=owner, S3Prefix=prefix, **members))
        assert status == 200, answer
        return answer["ExportDescription"]["ExportArn"]

    increment = dict(ExportType="INCREMENTAL_EXPORT",
                     IncrementalExportSpecification=dict(ExportFromTime=begin, ExportToTime=begin + 16 * 60))
    stores = {BUCKET: (KEEPER, remote.client("s3", KEEPER)), "own-bucket": (OWNER, server.client("s3", OWNER))}
    for number, step in enumerate([-3600, 24 * 3600]):
        held.clear()
        moved.clear()
        proxy.broken = hold
        expected = dict(items)
        running = [(bucket, f"in/{number}-{kind}", kind, start_one(bucket, stores[bucket][0], f"in/{number}-{kind}", **members))
                   for bucket in stores for kind, members in (("full", {}), ("increment", increment))]
        while len(held) < 2:
            time.sleep(0.01)
        move_clock(step)
        put("later", number + 2)  # acknowledged at times that no running export may hold
        moved.set()
        for bucket, prefix, kind, arn in running:
            done = ended(server, arn)
            assert done["ExportStatus"] == "COMPLETED" and done["EndTime"] >= done["StartTime"], done
            lines = lines_of(stores[bucket][1], done, prefix + "/")
            if kind == "full":
                found = {line["Item"]["pk"]["S"]: line["Item"] for line in lines}
                assert found == expected
            else:
                found = {line["Keys"]["pk"]["S"]: line["NewImage"] for line in lines}
                assert found == changed
            assert len(found) == len(lines), "an item was exported twice"
        scanned = {item["pk"]["S"]: item for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
                   for item in page["Items"]}
        assert scanned == items
    arn = start_one("own-bucket", OWNER, "in/last")
    assert len(lines_of(stores["own-bucket"][1], ended(server, arn), "in/last/")) == len(items)
    assert server.stop() == 0


def test_an_import_reads_the_remote_bucket(server, remote, table):
    arn = start(server, table)
    assert ended(server, arn)["ExportStatus"] == "COMPLETED"
    dynamodb = server.client("dynamodb", OWNER)
    name = f"imported-{uuid.uuid4().hex[:8]}"
    imported = dynamodb.import_table(
        S3BucketSource=dict(S3Bucket=BUCKET, S3BucketOwner=KEEPER, S3KeyPrefix=f"in/AWSDynamoDB/{arn.rsplit('/', 1)[1]}/data/"),
        InputFormat="DYNAMODB_JSON", InputCompressionType="GZIP",
        TableCreationParameters=dict(TableName=name, KeySchema=[dict(AttributeName="pk", KeyType="HASH")],
                                     BillingMode="PAY_PER_REQUEST",
                                     AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")]))
    import_arn = imported["ImportTableDescription"]["ImportArn"]
    done = wait_for(lambda: dynamodb.describe_import(ImportArn=import_arn)["ImportTableDescription"], "ImportStatus")
    assert (done["ImportStatus"], done["ImportedItemCount"]) == ("COMPLETED", 200), done

    def items(table_name):
        return sorted((item["pk"]["S"], item["n"]["N"]) for page in dynamodb.get_paginator("scan").paginate(TableName=table_name)
                      for item in page["Items"])

    assert items(name) == items(table)
    refused = dynamodb.import_table(
        S3BucketSource=dict(S3Bucket=BUCKET, S3BucketOwner=KEEPER), InputFormat="DYNAMODB_JSON", InputCompressionType="GZIP",
        TableCreationParameters=dict(TableName=f"refused-{uuid.uuid4().hex[:8]}", BillingMode="PAY_PER_REQUEST",
                                     KeySchema=[dict(AttributeName="pk", KeyType="HASH")],
                                     AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")]))
    refused_arn = refused["ImportTableDescription"]["ImportArn"]
    done = wait_for(lambda: dynamodb.describe_import(ImportArn=refused_arn)["ImportTableDescription"], "ImportStatus")
    assert (done["ImportStatus"], done["FailureCode"]) == ("FAILED", "S3AccessDenied")


def import_of(server, key):
    """Its description when it has ended."""
    dynamodb = server.client("dynamodb", OWNER)
    arn = dynamodb.import_table(
        S3BucketSource=dict(S3Bucket=BUCKET, S3BucketOwner=KEEPER, S3KeyPrefix=key), InputFormat="DYNAMODB_JSON",
        TableCreationParameters=dict(TableName=f"imported-{uuid.uuid4().hex[:8]}", BillingMode="PAY_PER_REQUEST",
                                     KeySchema=[dict(AttributeName="pk", KeyType="HASH")],
                                     AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")]))[
                                         "ImportTableDescription"]["ImportArn"]
    return wait_for(lambda: dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"], "ImportStatus")


def large_object(remote, key, count=25_000):
    """Of many ranges."""
    text = "".join('{"Item":{"pk":{"S":"%d"},"text":{"S":"%s"}}}\n' % (number, "x" * 700) for number in range(count))
    remote.client("s3", KEEPER).put_object(Bucket=BUCKET, Key=key, Body=text.encode())
    return len(text), count


@pytest.mark.parametrize("fault", [503, "cut", "half"])
def test_an_import_asks_again_for_the_ranges_that_break_off(server, remote, proxy, fault):
    """And for nothing else; all ranges are of one version of the object."""
    size, count = large_object(remote, key := f"in/ranges-{fault}")
    proxy.seen.clear()
    lock, breaks = threading.Lock(), [2]

    def sometimes(method, path):
        with lock:
            if method != "GET" or key not in path or len(proxy.seen) < 4 or not breaks[0]:
                return None
            breaks[0] -= 1
            return fault

    proxy.broken = sometimes
    done = import_of(server, key)
    assert (done["ImportStatus"], done["ImportedItemCount"], done["ErrorCount"]) == ("COMPLETED", count, 0), done
    assert not breaks[0]
    asked = [headers for method, path, headers, _ in proxy.seen if method == "GET" and key in path and "Range" in headers]
    ranges = [tuple(map(int, headers["Range"].removeprefix("bytes=").split("-"))) for headers in asked]
    # Its first range is read twice: may it be read at all? And two broke off.
    assert len(ranges) == len(set(ranges)) + 3
    assert {begin for begin, _ in ranges} == set(range(0, size, ranges[0][1] + 1))
    assert all("If-Match" in headers for headers, (begin, _) in zip(asked, ranges) if begin)


def test_an_object_that_changes_while_it_is_read_is_one_error(server, remote, proxy):
    _, count = large_object(remote, key := "in/changes")
    seen = [0]

    def change(method, path):
        if method == "GET" and key in path and "prefix" not in path:
            seen[0] += 1
            if seen[0] == 3:
                remote.client("s3", KEEPER).put_object(Bucket=BUCKET, Key=key, Body=b"{}")
        return None

    proxy.broken = change
    done = import_of(server, key)
    assert (done["ImportStatus"], done["FailureCode"], done["ErrorCount"]) == ("FAILED", "ItemValidationError", 1), done
    assert 0 < done["ImportedItemCount"] < count
    assert done["ProcessedItemCount"] == done["ImportedItemCount"] + 1


def test_certificates_are_checked(remote, tmp_path):
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    proxy = Proxy(remote, (certificate, key))
    try:
        for trusted, status in ((None, "FAILED"), (str(certificate), "COMPLETED")):
            folder = tmp_path / status
            folder.mkdir()
            server = DrayServer(folder, "--remote-targets", write_targets(
                folder / "targets.json", proxy.endpoint, remote.credentials[STRANGER], ca_file=trusted))
            server.start()
            server.create_account(OWNER)
            done = ended(server, start(server, filled_table(server, OWNER, 1)))
            assert done["ExportStatus"] == status, done
            if trusted is None:
                assert done["FailureCode"] == "UNKNOWN" and "certificate is not trusted" in done["FailureMessage"]
                assert not proxy.seen
            server.stop()
    finally:
        proxy.stop()


def test_a_file_that_others_can_read_is_refused(tmp_path):
    targets = write_targets(tmp_path / "targets.json", "http://127.0.0.1:1", ("key", "the secret"))
    targets.chmod(0o644)
    done = subprocess.run([BINARY, "serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--remote-targets", targets],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and "chmod 600" in done.stderr and "the secret" not in done.stderr
