"""`dray policy check` against an endpoint that answers as AWS documents it, also where a Dray server has no such operation: groups, Block
Public Access, ownership, Requester Pays, Object Lock, table and key policies, pages of lists, refusals of each protocol."""

import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dray_server import run_dray

SOURCE, TARGET = "111122223333", "444455556666"
USER = f"arn:aws:iam::{SOURCE}:user/ann"
KEY = f"arn:aws:kms:us-east-1:{TARGET}:key/1"
CALLED_VIA = {"ForAnyValue:StringEquals": {"aws:CalledVia": "dynamodb.amazonaws.com"}}
WRITES = ["s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"]


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


BUCKET_POLICY = document({"Sid": "Export", **allow(WRITES, "arn:aws:s3:::b/*"), "Principal": {"AWS": USER}, "Condition": CALLED_VIA})


class StandIn:
    """Answers by name: "iam:GetUser", "s3:policy", "dynamodb:DescribeContinuousBackups", "kms:GetKeyPolicy". A text is the body of an
    answer, (status, code) a refusal, a list one text a call."""

    def __init__(self):
        self.asked = []
        self.answers = {
            "sts:GetCallerIdentity": f"<Arn>{USER}</Arn><Account>{SOURCE}</Account>",
            "iam:GetUser": f"<User><UserName>ann</UserName><Arn>{USER}</Arn></User>",
            "iam:ListUserPolicies": "<PolicyNames/><IsTruncated>false</IsTruncated>",
            "iam:ListAttachedUserPolicies": "<AttachedPolicies/><IsTruncated>false</IsTruncated>",
            "iam:ListGroupsForUser": "<Groups/><IsTruncated>false</IsTruncated>",
            "s3:policy": BUCKET_POLICY,
            "s3:publicAccessBlock": (404, "NoSuchPublicAccessBlockConfiguration"),
            "s3:accountPublicAccessBlock": (404, "NoSuchPublicAccessBlockConfiguration"),
            "s3:ownershipControls": "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>"
                                    "</OwnershipControls>",
            "s3:requestPayment": "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>",
            "s3:object-lock": (404, "ObjectLockConfigurationNotFoundError"),
            "dynamodb:DescribeContinuousBackups": json.dumps({"ContinuousBackupsDescription": {
                "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"}}}),
            "dynamodb:GetResourcePolicy": (400, "PolicyNotFoundException"),
            "kms:GetKeyPolicy": json.dumps({"Policy": document(
                {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{TARGET}:root"}, "Action": "kms:*", "Resource": "*"})}),
        }
        self.give_inline("UserPolicies", "UserPolicy", document(allow([*WRITES, "dynamodb:*", "kms:*"])))
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                path = urllib.parse.urlsplit(self.path)
                name = path.query.split("=")[0]
                if path.path.startswith("/v20180820/"):
                    assert self.headers["x-amz-account-id"] == TARGET
                    name = "accountPublicAccessBlock"
                self.reply("s3:" + name, lambda text: text, "<Error><Code>{0}</Code><Message>refused</Message></Error>")

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                target = self.headers.get("X-Amz-Target", "")
                if target:
                    service = "kms" if target.startswith("Trent") else "dynamodb"
                    return self.reply(f"{service}:{target.split('.')[1]}", lambda text: text, '{{"__type":"a#{0}","message":"refused"}}')
                form = dict(urllib.parse.parse_qsl(body))
                service = "sts" if form["Version"] == "2011-06-15" else "iam"
                assert f"/{service}/aws4_request" in self.headers["Authorization"]
                action = form["Action"]
                return self.reply(
                    f"{service}:{action}", lambda text: f"<{action}Response><{action}Result>{text}</{action}Result></{action}Response>",
                    "<ErrorResponse><Error><Code>{0}</Code><Message>refused</Message></Error></ErrorResponse>")

            def reply(self, name, wrap, refusal):
                stand_in.asked.append(name)
                answer = stand_in.answers.get(name, (501, "NotImplemented"))
                if isinstance(answer, list):
                    answer = answer.pop(0)
                status, text = (answer[0], refusal.format(answer[1])) if isinstance(answer, tuple) else (200, wrap(answer))
                body = text.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def give_inline(self, list_name, get_name, policy, name="own"):
        self.answers["iam:List" + list_name] = f"<PolicyNames><member>{name}</member></PolicyNames><IsTruncated>false</IsTruncated>"
        self.answers["iam:Get" + get_name] = f"<PolicyDocument>{urllib.parse.quote(policy)}</PolicyDocument>"

    def check(self, *flags, code=0):
        done = run_dray("policy", "check", "--endpoint-url", f"http://127.0.0.1:{self.server.server_port}", "--attempts", "1", "--bucket",
                        "b", "--table", "Music", "--s3-bucket-owner", TARGET, "--bucket-owner", TARGET, "--json", *flags, check=False,
                        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B"})
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def endpoint():
    made = StandIn()
    yield made
    made.server.shutdown()
    made.server.server_close()


def codes(report):
    return sorted({finding["code"] for finding in report["findings"]})


def unread(report):
    return {entry["what"]: entry["why"] for entry in report["not_read"]}


def test_everything_can_be_read(endpoint):
    report = endpoint.check()
    assert report["verdict"] == "succeeds" and codes(report) == [] and report["not_read"] == []
    assert all(name.split(":")[1].startswith(("Get", "List", "Describe")) or name.startswith("s3:") for name in endpoint.asked)


def test_block_public_access_of_bucket_and_account(endpoint):
    public = json.loads(BUCKET_POLICY)
    public["Statement"].append({"Sid": "Open", **allow("s3:GetObject", "arn:aws:s3:::b/open/*"), "Principal": "*"})
    endpoint.answers["s3:policy"] = json.dumps(public)
    assert codes(endpoint.check()) == []
    on = "<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>"
    for where in ("s3:publicAccessBlock", "s3:accountPublicAccessBlock"):
        before, endpoint.answers[where] = endpoint.answers[where], on
        report = endpoint.check(code=1)
        assert codes(report) == ["public-policy-restricted"]
        assert report["findings"][0]["where"] == 'bucket policy, statement 2 "Open"'
        endpoint.answers[where] = before


def test_settings_of_the_bucket(endpoint):
    endpoint.answers["s3:ownershipControls"] = (404, "OwnershipControlsNotFoundError")
    endpoint.answers["s3:requestPayment"] = "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>"
    endpoint.answers["s3:object-lock"] = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"
    assert codes(endpoint.check(code=1)) == ["object-lock", "owner-cannot-read", "requester-pays"]


def test_the_table_and_the_key(endpoint):
    endpoint.answers["dynamodb:GetResourcePolicy"] = json.dumps({"Policy": document(
        {"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "dynamodb:ExportTableToPointInTime", "Resource": "*"})})
    report = endpoint.check(code=1)
    assert [finding["where"] for finding in report["findings"]] == ['resource policy of the table, statement 1 "No"']
    endpoint.answers["dynamodb:GetResourcePolicy"] = (400, "PolicyNotFoundException")
    report = endpoint.check("--kms-key", KEY, code=1)
    assert codes(report) == ["other-account"] and report["findings"][0]["where"] == "key policy, statement 1"
    endpoint.answers["kms:GetKeyPolicy"] = (400, "AccessDeniedException")
    report = endpoint.check("--kms-key", KEY, code=4)
    assert "AccessDeniedException: refused" in unread(report)[f"the policy of the key {KEY}"]
    assert [call["name"] for call in report["calls"] if call["open"]] == ["GenerateDataKey", "Decrypt"]


def test_groups_pages_and_managed_policies(endpoint):
    endpoint.answers["iam:ListUserPolicies"] = "<PolicyNames/><IsTruncated>false</IsTruncated>"
    assert codes(endpoint.check(code=1)) == ["no-identity-allow"]
    endpoint.answers["iam:ListGroupsForUser"] = [
        "<Groups/><IsTruncated>false</IsTruncated>",
        "<Groups><member><GroupName>first</GroupName></member></Groups><IsTruncated>true</IsTruncated><Marker>m</Marker>",
        "<Groups><member><GroupName>second</GroupName></member></Groups><IsTruncated>false</IsTruncated>"]
    endpoint.answers["iam:ListGroupPolicies"] = "<PolicyNames/><IsTruncated>false</IsTruncated>"
    arn = f"arn:aws:iam::{SOURCE}:policy/movers"
    endpoint.answers["iam:ListAttachedGroupPolicies"] = [
        "<AttachedPolicies/><IsTruncated>false</IsTruncated>",
        f"<AttachedPolicies><member><PolicyArn>{arn}</PolicyArn></member></AttachedPolicies><IsTruncated>false</IsTruncated>"]
    endpoint.answers["iam:GetPolicy"] = "<Policy><DefaultVersionId>v7</DefaultVersionId></Policy>"
    policy = urllib.parse.quote(document(allow([*WRITES, "dynamodb:*"], "arn:aws:s3:::other/*")))
    endpoint.answers["iam:GetPolicyVersion"] = f"<PolicyVersion><Document>{policy}</Document></PolicyVersion>"
    report = endpoint.check(code=1)
    assert {"identity policy \"movers\" of the group second, statement 1"} == {finding["where"] for finding in report["findings"]}


def test_tags_of_the_caller_are_condition_keys(endpoint):
    endpoint.give_inline("UserPolicies", "UserPolicy", document(
        allow("*", Condition={"StringEquals": {"aws:PrincipalTag/team": "movers"}})))
    assert codes(endpoint.check(code=1)) == ["condition"]
    endpoint.answers["iam:GetUser"] = (f"<User><Arn>{USER}</Arn><Tags><member><Key>team</Key><Value>movers</Value></member></Tags>"
                                       "</User>")
    assert endpoint.check()["verdict"] == "succeeds"


@pytest.mark.parametrize("name, what, is_open", [
    ("s3:policy", "the bucket policy", True),
    ("iam:GetUserPolicy", "the inline policy own", True),
    ("iam:ListAttachedUserPolicies", f"identity policies of {USER}", True),
    ("iam:GetUser", "whether the user ann has a permissions boundary", True),
    ("s3:publicAccessBlock", "the bucket's Block Public Access settings", False),
    ("s3:accountPublicAccessBlock", "the Block Public Access settings of the bucket's account", False),
    ("s3:ownershipControls", "the bucket's object ownership", False),
    ("s3:requestPayment", "whether requesters pay for the bucket", False),
    ("s3:object-lock", "the bucket's Object Lock", False),
    ("dynamodb:DescribeContinuousBackups", "whether point-in-time recovery of the table is on", False),
    ("dynamodb:GetResourcePolicy", "the resource policy of the table", False)])
def test_what_is_refused_is_said(endpoint, name, what, is_open):
    endpoint.answers[name] = (403, "AccessDenied")
    report = endpoint.check(code=4 if is_open else 0)
    assert report["verdict"] == ("open" if is_open else "succeeds")
    assert "AccessDenied: refused" in unread(report)[what]


def test_a_server_without_these_operations(endpoint):
    """As a Dray server of an earlier version, or another endpoint with DynamoDB's operations and S3's."""
    for name in list(endpoint.answers):
        if name not in ("s3:policy", "dynamodb:DescribeContinuousBackups"):
            del endpoint.answers[name]
    report = endpoint.check("--caller", USER, code=4)
    assert "NotImplemented: refused" in unread(report)["the bucket's Block Public Access settings"]
    assert "NotImplemented: refused" in unread(report)["the bucket's object ownership"]


def test_the_policy_status_of_an_unread_policy(endpoint):
    endpoint.answers["s3:policy"] = (403, "AccessDenied")
    endpoint.answers["s3:policyStatus"] = "<PolicyStatus><IsPublic>TRUE</IsPublic></PolicyStatus>"
    assert "S3 says that it is public" in unread(endpoint.check(code=4))["the bucket policy"]
