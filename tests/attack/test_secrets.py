"""Secrets are encrypted where they are kept and absent from what is logged: whole data folders and whole logs are searched, as text, as
base64 at each of its three offsets, and in hexadecimal."""

import base64
import json
import os
import re
import time

import pytest

from dray_server import DrayServer, run_dray
from iam_fixtures import client_with, document, new_user, refused, statement, trust
from wire import ACCOUNT, OTHER, Request

REMOTE_SECRET = "remoteTargetSecretAccessKey/0123456789+ab"
REMOTE_TOKEN = "remoteTargetSessionToken" + "x" * 40
PLAIN = b"what an object holds, which is encrypted on disk as well " * 40


def forms(secret):
    """Every form in which a program may write it down, without what depends on what stands beside it."""
    raw = secret if isinstance(secret, bytes) else secret.encode()
    found = {raw, raw.hex().encode(), raw.hex().upper().encode(), raw[::-1]}
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw)
        inside = encoded[(0, 2, 3)[offset]:]  # what the bytes before do not touch
        found.add(inside.rstrip(b"=")[:-1])   # nor the bytes behind
        found.add(inside.rstrip(b"=")[:-1].replace(b"+", b"-").replace(b"/", b"_"))
    from urllib.parse import quote
    found.add(quote(raw, safe="").encode())
    found.add(raw.decode("latin-1").encode("utf-16-le"))
    return {form for form in found if len(form) >= 8}


def search(where, secrets):
    """`where`: name -> bytes. Which secret stands where."""
    return [(name, label) for label, secret in secrets.items() for form in forms(secret) for name,
            content in where.items() if form in content]


def files_of(folder, *but):
    found = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            if os.path.islink(path) or not os.path.isfile(path) or name in but:
                continue
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


def test_the_search_finds_what_is_there():
    """A test of the test."""
    for shape in (lambda raw: raw, lambda raw: raw.hex().encode(), base64.b64encode, lambda raw: base64.b64encode(b"x" + raw + b"y"),
                  lambda raw: base64.b64encode(b"xy" + raw + b"z"), base64.urlsafe_b64encode):
        assert search({"f": b"before" + shape(b"a-secret-of-30-bytes-or/so+...") + b"behind"}, {"s": "a-secret-of-30-bytes-or/so+..."})
    assert not search({"f": b"before nothing behind"}, {"s": "a-secret-of-30-bytes-or/so+..."})


class Used:
    """A server that everything secret went through, at the log level that tells most."""

    def __init__(self, folder):
        targets = folder / "targets.json"
        targets.write_text(json.dumps({"targets": [{
            "name": "archive", "endpoint": "http://127.0.0.1:9", "region": "us-east-1", "access_key_id": "AKIAREMOTETARGET0000",
            "secret_access_key": REMOTE_SECRET, "session_token": REMOTE_TOKEN, "accounts": [ACCOUNT], "attempts": 1,
            "buckets": [{"name": "remote-bucket"}]}]}))
        targets.chmod(0o600)
        self.server = DrayServer(folder, "--log-level", "debug", "--remote-targets", targets)
        self.secrets, self.passing = {"remote target's secret": REMOTE_SECRET, "remote target's token": REMOTE_TOKEN}, {}
        self.server.start()
        try:
            self.use()
        finally:
            self.server.stop()
        self.log = "\n".join(self.server.log).encode()

    def session(self, label, made):
        keys = made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]
        self.secrets[f"secret of {label}"], self.secrets[f"token of {label}"] = keys[1:]
        return keys

    def use(self):
        server = self.server
        for account in (ACCOUNT, OTHER):
            self.secrets[f"root of {account}"] = server.create_account(account)[1]
        default = dict(re.findall(r"^(aws_\w+) = (\S+)$", (server.data / "credentials").read_text().split("[1")[0], re.M))
        self.secrets["root of the first account"] = default["aws_secret_access_key"]
        iam = server.client("iam", ACCOUNT)
        users = [new_user(iam, f"user-{number}", statement("*")) for number in range(3)]
        for number, keys in enumerate(users):
            self.secrets[f"user {number}"] = keys[1]
        role = iam.create_role(RoleName="role", AssumeRolePolicyDocument=trust(ACCOUNT))["Role"]["Arn"]
        iam.put_role_policy(RoleName="role", PolicyName="all", PolicyDocument=document(statement("*")))
        sts = client_with(server, "sts", users[0])
        sessions = [users[1], self.session("a role", sts.assume_role(RoleArn=role, RoleSessionName="one", ExternalId="x1")["Credentials"]),
                    self.session("a user", sts.get_session_token()["Credentials"])]
        self.work(sessions)
        self.fail(sessions)
        iam.delete_access_key(UserName="user-2", AccessKeyId=users[2][0])

    def work(self, sessions):
        server = self.server
        for number, keys in enumerate(sessions):
            s3 = client_with(server, "s3", keys)
            bucket = f"secrets-{number}"
            s3.create_bucket(Bucket=bucket)
            s3.put_object(Bucket=bucket, Key="inline", Body=PLAIN[:100])
            s3.put_object(Bucket=bucket, Key="body", Body=PLAIN * 100)
            presigned = Request(server, "GET", f"/{bucket}/body").presign(keys)
            assert presigned.send().body == PLAIN * 100
            self.passing[f"signature of presigned {number}"] = presigned.query.rsplit("=", 1)[1]
            signed = Request(server, "GET", f"/{bucket}/body").sign(keys)
            assert signed.send().status == 200
            self.passing[f"signature {number}"] = signed.get("Authorization").rsplit("=", 1)[1]
            client = client_with(server, "dynamodb", keys)
            client.create_table(TableName=f"Table-{number}", BillingMode="PAY_PER_REQUEST", KeySchema=[dict(AttributeName="pk",
                                                                                                            KeyType="HASH")],
                                AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")])
            client.update_continuous_backups(TableName=f"Table-{number}",
                                             PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
            client.put_item(TableName=f"Table-{number}", Item={"pk": {"S": "one"}, "note": {"S": "an item is not logged either"}})
            self.export(client, number, keys, bucket, "COMPLETED")
            self.export(client, number, keys, "remote-bucket", "FAILED")
        self.passing["an item"] = "an item is not logged either"

    def export(self, client, number, keys, bucket, expected):
        arn = client.export_table_to_point_in_time(TableArn=f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/Table-{number}",
                                                   S3Bucket=bucket)["ExportDescription"]["ExportArn"]
        until = time.monotonic() + 60
        while (found := client.describe_export(ExportArn=arn)["ExportDescription"])["ExportStatus"] == "IN_PROGRESS":
            assert time.monotonic() < until
            time.sleep(0.05)
        assert found["ExportStatus"] == expected, found
        assert not search({"failure": json.dumps(found, default=str).encode()}, self.secrets)

    def fail(self, sessions):
        """What is refused is logged with its reason, and without what was in it."""
        server = self.server
        for keys in sessions:
            wrong = (keys[0], "aWrongSecretThatSomebodyTypedIn0123456789", *keys[2:])
            self.passing["a wrong secret"] = wrong[1]
            for service, call in (("s3", "list_buckets"), ("dynamodb", "list_tables"), ("iam", "list_users"), ("sts",
                                                                                                               "get_caller_identity")):
                with pytest.raises(Exception):
                    getattr(client_with(server, service, wrong), call)()
            for broken in (Request(server, "GET", "/").presign(keys, expires=0), Request(server, "GET", "/").sign(keys).set("X-Amz-Date",
                                                                                                                            "x"),
                           Request(server, "GET", "/").presign(keys).add("X-Amz-Acl", "x"),
                           Request(server, "GET", "/secrets-0/none").presign(keys), Request(server, "BREW", "/%zz").presign(keys)):
                answer = broken.send()
                assert answer.status in (400, 403, 404, 405), answer
                signature = (broken.query or broken.get("Authorization") or "x=unsigned0").rsplit("=", 1)[1]
                self.passing[f"signature of a failed request {len(self.passing)}"] = signature
        form = Request(server, "POST", "/", service="sts", body=b"Action=AssumeRole&Version=2011-06-15&ExternalId=anExternalIdIsShared",
                       headers={"Content-Type": "application/x-www-form-urlencoded"}).sign(sessions[0])
        assert form.send().status == 400
        self.passing["an external id"] = "anExternalIdIsShared"
        refused(server.client("s3", OTHER).list_objects_v2, "AccessDenied", Bucket="secrets-0")
        # Keys that are put where they do not belong.
        for keys in sessions[1:]:
            Request(server, "GET", "/", headers={"Authorization": f"Bearer {keys[2]}"}).send()
            Request(server, "GET", "/", headers={"Authorization": f"AWS4-HMAC-SHA256 {keys[1]}"}).send()
            Request(server, "GET", "/", f"X-Amz-Security-Token={keys[2]}&X-Amz-Algorithm=none").send()


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    return Used(tmp_path_factory.mktemp("secrets"))


def test_nothing_secret_is_in_the_data_folder(used):
    # What is there for its owner to read: the keys that encrypt, and the credentials of root users.
    stored = files_of(used.server.data, "credentials", "master.key", "objects.key")
    assert len(stored) > 5 and any(name.startswith("kv/") for name in stored)
    assert not search(stored, used.secrets)
    assert not search({name: content for name, content in stored.items()}, {"an object's body": PLAIN[:80]})
    keys = {name: (used.server.data / "keys" / name).read_bytes() for name in ("master.key", "objects.key")}
    assert not search(stored, keys)
    # The search would have found them: what is not secret is there.
    assert search(stored, {"a user": "user-0", "a table": "secrets-0"})


def test_the_credentials_file_is_the_root_users_only(used):
    text = (used.server.data / "credentials").read_bytes()
    assert {label for _, label in search({"credentials": text}, used.secrets)} == {
        label for label in used.secrets if label.startswith("root")}


def test_nothing_secret_is_logged(used):
    assert not search({"log": used.log}, used.secrets)
    assert not search({"log": used.log}, used.passing)
    for name in (b"Credential=", b"AWS4-HMAC-SHA256", b"X-Amz-Signature", b"X-Amz-Security-Token", b"chunk-signature"):
        assert name not in used.log, name
    # What is logged says who did what all the same.
    for wanted in (b"assumed-role/role/one", b"user/user-1", b"GetObject", b"AssumeRole", b"SignatureDoesNotMatch",
                   b"ExportTableToPointInTime"):
        assert wanted in used.log, wanted


def test_what_commands_print_holds_no_secret(used):
    listed = run_dray("account", "list", "--data", used.server.data)
    assert not search({"account list": (listed.stdout + listed.stderr).encode()}, used.secrets)
