"""The binary as a process: what it prints, which folders it takes, accounts with and without a server, --dev, and how it ends."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import time
import urllib.error
import urllib.request

import boto3
import botocore.config
import pytest
from botocore.exceptions import ClientError

from dray_server import BINARY, DrayServer, REGION, run_dray

ACCOUNT = "111122223333"
KEYS = [dict(AttributeName="pk", KeyType="HASH")]
TABLE = dict(KeySchema=KEYS, BillingMode="PAY_PER_REQUEST",
             AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")])


def serve(*arguments, **options):
    """`dray serve` that is expected to end by itself."""
    return run_dray("serve", *arguments, check=False, **options)


def fetch(url, body=None, **headers):
    """(status, text) of a plain request."""
    request = urllib.request.Request(url, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def dev_client(server, service, access_key):
    config = botocore.config.Config(retries=dict(total_max_attempts=1), s3=dict(addressing_style="path"))
    return boto3.session.Session().client(service, endpoint_url=server.endpoint, region_name="eu-central-1", config=config,
                                          aws_access_key_id=access_key, aws_secret_access_key="whatever")


def keys_of(text, profile):
    section = re.search(rf"^\[{profile}\]\n(.*?)(?=^\[|\Z)", text, re.M | re.S)
    assert section, f"no [{profile}]"
    found = dict(re.findall(r"^(aws_\w+) = (\S+)$", section.group(1), re.M))
    return found["aws_access_key_id"], found["aws_secret_access_key"]


# ---- starting and stopping


def test_listens_on_a_free_port_and_stops_when_told(tmp_path):
    server = DrayServer(tmp_path).start()
    assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d*", server.endpoint)
    assert fetch(server.endpoint + "/_dray/health")[0] == 200
    assert server.stop() == 0
    assert not (server.data / "admin.sock").exists()
    server.start()
    server.process.send_signal(signal.SIGINT)
    assert server._wait(30) == 0


def test_the_data_folder_is_its_owners_only(server):
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    for name in ["credentials", "admin.sock", "keys/master.key"]:
        assert stat.S_IMODE((server.data / name).stat().st_mode) == 0o600, name
    assert (server.data / "FORMAT").read_text() == f"dray-data-format 2\nregion {REGION}\nkind signed\n"


def test_data_survives_a_stop_and_a_kill(tmp_path):
    server = DrayServer(tmp_path).start()
    server.create_account(ACCOUNT)
    server.client("dynamodb", ACCOUNT).create_table(TableName="Table", **TABLE)
    server.client("s3", ACCOUNT).create_bucket(Bucket="a-bucket")
    for number, end in enumerate([server.stop, server.kill, server.stop]):
        server.client("dynamodb", ACCOUNT).put_item(TableName="Table", Item={"pk": {"S": str(number)}})
        server.client("s3", ACCOUNT).put_object(Bucket="a-bucket", Key=str(number), Body=b"x" * 100_000)
        end()
        server.start()
    assert server.client("dynamodb", ACCOUNT).scan(TableName="Table")["Count"] == 3
    assert server.client("s3", ACCOUNT).list_objects_v2(Bucket="a-bucket")["KeyCount"] == 3
    server.stop()


def test_a_second_server_on_the_folder_is_refused(server):
    second = serve("--data", server.data, "--listen", "127.0.0.1:0")
    assert second.returncode == 1
    assert f"in use by another dray, process {server.process.pid}" in second.stderr
    assert fetch(server.endpoint + "/_dray/health")[0] == 200


def test_a_newer_folder_is_refused_with_instructions(tmp_path):
    server = DrayServer(tmp_path).start()
    server.stop()
    (server.data / "FORMAT").write_text("dray-data-format 9\nregion us-east-1\nkind signed\n")
    refused = serve("--data", server.data, "--listen", "127.0.0.1:0")
    assert refused.returncode == 1
    assert "written by a newer Dray (data format 9" in refused.stderr


def test_the_region_is_kept(tmp_path):
    server = DrayServer(tmp_path, "--region", "eu-west-1").start()
    server.stop()
    refused = serve("--data", server.data, "--listen", "127.0.0.1:0", "--region", "us-east-1")
    assert refused.returncode == 1 and "belongs to the region eu-west-1" in refused.stderr
    server.flags = []
    server.start()
    assert "AWS_DEFAULT_REGION='eu-west-1'" in run_dray("env", "000000000000", "--data", server.data).stdout
    server.stop()


def test_plain_http_off_loopback_needs_its_flag(tmp_path):
    refused = serve("--data", tmp_path / "data", "--listen", "0.0.0.0:0")
    assert refused.returncode == 1 and "--insecure-http" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_a_taken_port_is_named(server, tmp_path):
    address = server.endpoint.removeprefix("http://")
    refused = serve("--data", tmp_path / "other", "--listen", address)
    assert refused.returncode == 1 and f"cannot listen on {address}" in refused.stderr


def test_flags_can_stand_in_a_file(tmp_path):
    file = tmp_path / "dray.toml"
    file.write_text('region = "eu-north-1"\ndurability = "os"\nlisten = "127.0.0.1:1"\n')
    server = DrayServer(tmp_path, "--config", file).start()  # whose --listen wins
    assert "region eu-north-1" in (server.data / "FORMAT").read_text()
    server.stop()
    file.write_text("no-such-flag = 1\n")
    assert serve("--config", file).returncode == 2


def test_logs_are_json_and_hold_no_secret(server):
    server.create_account(ACCOUNT)
    position = server.log_position()
    server.client("dynamodb", ACCOUNT).list_tables()
    line = json.loads(server.wait_for_log(position, "ListTables"))
    assert line["account"] == ACCOUNT and line["status"] in (200, "200") and line["protocol"] == "dynamodb"
    server.stop()
    log = "\n".join(server.log)
    for access_key, secret in [*server.credentials.values(), keys_of((server.data / "credentials").read_text(), "default")]:
        assert secret not in log
    for line in server.log:
        json.loads(line)


def test_metrics_count_requests(server):
    server.create_account(ACCOUNT)
    server.client("dynamodb", ACCOUNT).list_tables()
    with pytest.raises(ClientError):
        server.client("s3", ACCOUNT).head_bucket(Bucket="nobodys-bucket")
    text = fetch(server.endpoint + "/_dray/metrics")[1]
    assert 'dray_requests_total{code="OK",operation="ListTables",protocol="dynamodb"} 1' in text
    assert re.search(r'dray_requests_total\{code="\w+",operation="HeadBucket",protocol="s3"\} 1', text)


def test_tls(tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"],
                   check=True, capture_output=True)
    server = DrayServer(tmp_path, "--tls-cert", tmp_path / "cert.pem", "--tls-key", tmp_path / "key.pem").start()
    assert server.endpoint.startswith("https://")
    access_key, secret = server.create_account(ACCOUNT)
    client = boto3.session.Session().client(
        "s3", endpoint_url=server.endpoint, region_name=REGION, aws_access_key_id=access_key, aws_secret_access_key=secret,
        verify=str(tmp_path / "cert.pem"), config=botocore.config.Config(s3=dict(addressing_style="path")))
    client.create_bucket(Bucket="over-tls")
    body = os.urandom(3_000_000)
    client.put_object(Bucket="over-tls", Key="k", Body=body)
    assert client.get_object(Bucket="over-tls", Key="k")["Body"].read() == body
    with pytest.raises(OSError):
        urllib.request.urlopen(server.endpoint.replace("https", "http") + "/_dray/health", timeout=5)
    server.stop()


def test_idle_connections_do_not_hold_up_a_stop(server):
    host, port = server.endpoint.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as idle:
        # One request first: a connection that nobody has accepted yet is reset, not closed.
        idle.sendall(b"GET /_dray/health HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += idle.recv(4096)
        length = int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        body = answer.split(b"\r\n\r\n", 1)[1]
        while len(body) < length:
            body += idle.recv(4096)
        assert server.stop() == 0
        assert idle.recv(1) == b""


# ---- accounts


def test_the_first_start_makes_an_account(server):
    access_key, secret = keys_of((server.data / "credentials").read_text(), "default")
    server.credentials["000000000000"] = access_key, secret
    assert server.client("dynamodb", "000000000000").list_tables()["TableNames"] == []


def test_accounts_are_made_through_the_running_server(server):
    made = run_dray("account", "create", ACCOUNT, "--data", server.data).stdout
    server.credentials[ACCOUNT] = keys_of(made, ACCOUNT)
    assert keys_of((server.data / "credentials").read_text(), ACCOUNT) == server.credentials[ACCOUNT]
    assert stat.S_IMODE((server.data / "credentials").stat().st_mode) == 0o600
    server.client("dynamodb", ACCOUNT).list_tables()
    listed = run_dray("account", "list", "--data", server.data).stdout.split()
    assert ACCOUNT in listed and "000000000000" in listed
    again = run_dray("account", "create", ACCOUNT, "--data", server.data, check=False)
    assert again.returncode == 1 and ACCOUNT in again.stderr


def test_accounts_are_made_without_a_server(tmp_path):
    server = DrayServer(tmp_path)
    server.create_account(ACCOUNT)  # makes the folder, too
    assert ACCOUNT in run_dray("account", "list", "--data", server.data).stdout
    server.start()
    server.client("dynamodb", ACCOUNT).list_tables()
    server.stop()
    server.create_account("444455556666")
    server.start()
    server.client("s3", "444455556666").create_bucket(Bucket="made-offline")
    server.stop()


def test_account_ids_are_checked(tmp_path):
    for account in ["1", "11112222333x", "1111222233334"]:
        refused = run_dray("account", "create", account, "--data", tmp_path / "data", check=False)
        assert refused.returncode == 2 and "12 digits" in refused.stdout + refused.stderr
    assert not (tmp_path / "data").exists()


def test_commands_do_not_make_folders(tmp_path):
    for command in [["account", "list"], ["env", ACCOUNT]]:
        refused = run_dray(*command, "--data", tmp_path / "none", check=False)
        assert refused.returncode == 1 and "not a data folder" in refused.stderr
    assert not (tmp_path / "none").exists()


def test_env_points_a_shell_at_the_server(server):
    access_key, secret = server.create_account(ACCOUNT)
    script = f'eval "$({BINARY} env {ACCOUNT} --data "{server.data}")"; env'
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True, timeout=60,
                          env={"PATH": "/usr/bin:/bin", "AWS_SESSION_TOKEN": "stale", "AWS_PROFILE": "other"})
    variables = dict(line.split("=", 1) for line in done.stdout.splitlines() if line.startswith("AWS_"))
    assert variables == {"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_DEFAULT_REGION": REGION,
                         "AWS_ENDPOINT_URL": server.endpoint}
    unknown = run_dray("env", "999999999999", "--data", server.data, check=False)
    assert unknown.returncode == 1 and "999999999999" in unknown.stderr


def test_a_wrong_master_key_is_refused(tmp_path):
    server = DrayServer(tmp_path).start()
    server.stop()
    (server.data / "keys/master.key").write_bytes(b"x" * 32)
    assert serve("--data", server.data, "--listen", "127.0.0.1:0").returncode == 1


# ---- waiting


def test_wait_returns_once_the_server_answers(tmp_path):
    server = DrayServer(tmp_path)
    waiting = subprocess.Popen([BINARY, "wait", "--data", server.data, "--timeout", "60"])
    server.start()
    assert waiting.wait(60) == 0
    assert run_dray("wait", "--endpoint-url", server.endpoint).returncode == 0
    server.stop()
    late = run_dray("wait", "--endpoint-url", server.endpoint, "--timeout", "0", check=False)
    assert late.returncode == 1 and "no healthy server" in late.stderr


# ---- --dev


def test_dev_takes_any_signature_and_keeps_accounts_apart(tmp_path):
    server = DrayServer(tmp_path, "--dev").start()
    dev_client(server, "dynamodb", ACCOUNT).create_table(TableName="Table", **TABLE)
    assert dev_client(server, "dynamodb", ACCOUNT).list_tables()["TableNames"] == ["Table"]
    assert dev_client(server, "dynamodb", "anything").list_tables()["TableNames"] == []
    described = dev_client(server, "dynamodb", ACCOUNT).describe_table(TableName="Table")["Table"]
    assert f":{ACCOUNT}:" in described["TableArn"]
    dev_client(server, "s3", ACCOUNT).create_bucket(
        Bucket="dev-bucket", CreateBucketConfiguration=dict(LocationConstraint="eu-central-1"))
    with pytest.raises(ClientError) as denied:
        dev_client(server, "s3", "444455556666").list_objects_v2(Bucket="dev-bucket")
    assert denied.value.response["Error"]["Code"] == "AccessDenied"
    server.stop()


def test_dev_refuses_other_hosts_addresses_and_folders(tmp_path):
    refused = serve("--dev", "--data", tmp_path / "x", "--listen", "0.0.0.0:0", "--insecure-http")
    assert refused.returncode == 1 and "loopback" in refused.stderr
    server = DrayServer(tmp_path, "--dev").start()
    assert fetch(server.endpoint + "/_dray/health", Host="evil.example")[0] == 403
    assert fetch(server.endpoint + "/_dray/dev/reset", b"", Origin="http://evil.example")[0] == 403
    assert fetch(server.endpoint + "/_dray/health")[0] == 200
    server.stop()
    checked = serve("--data", server.data, "--listen", "127.0.0.1:0")
    assert checked.returncode == 1 and "holds data of --dev" in checked.stderr
    other = DrayServer(tmp_path / "checked").start()
    assert fetch(other.endpoint + "/_dray/dev/reset", b"")[0] == 404
    other.stop()
    refused = serve("--dev", "--data", other.data, "--listen", "127.0.0.1:0")
    assert refused.returncode == 1 and "checks signatures" in refused.stderr


def test_dev_clock_moves(tmp_path):
    server = DrayServer(tmp_path, "--dev").start()
    client = dev_client(server, "dynamodb", ACCOUNT)
    client.create_table(TableName="Before", **TABLE)
    day = 86_400
    assert fetch(server.endpoint + "/_dray/dev/clock", json.dumps({"offset_seconds": 3 * day}).encode())[0] == 200
    client.create_table(TableName="After", **TABLE)
    made = [client.describe_table(TableName=name)["Table"]["CreationDateTime"].timestamp() for name in ("Before", "After")]
    assert 3 * day - 5 < made[1] - made[0] < 3 * day + 600
    for body in [b"", b"{}", b'{"offset_seconds": "1"}', b'{"offset_seconds": 1e300}']:
        assert fetch(server.endpoint + "/_dray/dev/clock", body)[0] == 400
    server.stop()


@pytest.mark.parametrize("memory", [[], ["--in-memory"]])
def test_dev_reset_empties_the_server(tmp_path, memory):
    server = DrayServer(tmp_path, "--dev", *memory).start()
    dev_client(server, "dynamodb", ACCOUNT).create_table(TableName="Table", **TABLE)
    dev_client(server, "s3", ACCOUNT).create_bucket(Bucket="b-ucket")
    assert fetch(server.endpoint + "/_dray/dev/reset", b"")[0] == 200
    assert dev_client(server, "dynamodb", ACCOUNT).list_tables()["TableNames"] == []
    assert dev_client(server, "s3", ACCOUNT).list_buckets()["Buckets"] == []
    dev_client(server, "dynamodb", ACCOUNT).create_table(TableName="Table", **TABLE)
    assert server.stop() == 0


# ---- in memory


def test_in_memory_forgets(tmp_path):
    server = DrayServer(tmp_path, "--in-memory").start()
    server.create_account(ACCOUNT)
    server.client("dynamodb", ACCOUNT).create_table(TableName="Table", **TABLE)
    server.client("s3", ACCOUNT).create_bucket(Bucket="b-ucket")
    server.client("s3", ACCOUNT).put_object(Bucket="b-ucket", Key="k", Body=b"x" * 1_000_000)
    assert server.stop() == 0
    assert sorted(path.name for path in server.data.iterdir()) == ["LOCK"]
    server.start()
    server.create_account(ACCOUNT)
    assert server.client("dynamodb", ACCOUNT).list_tables()["TableNames"] == []
    server.stop()


# ---- the rest of the command line


def test_policy_generate_and_check(tmp_path):
    policy = run_dray("policy", "generate", "--seed", ACCOUNT, "my-bucket").stdout
    statement, = json.loads(policy)["Statement"]
    assert statement["Condition"] == {"ForAnyValue:StringEquals": {"aws:CalledVia": "dynamodb.amazonaws.com"}}
    file = tmp_path / "policy.json"
    file.write_text(policy)
    check = ["policy", "check", "--offline", "--caller", f"arn:aws:iam::{ACCOUNT}:root", "--bucket", "my-bucket",
             "--bucket-owner", "444455556666", "--s3-bucket-owner", "444455556666", "--bucket-policy"]
    assert run_dray(*check, file).returncode == 0
    file.write_text(policy.replace("dynamodb.amazonaws.com", "dynamo.amazonaws.com"))
    denied = run_dray(*check, file, check=False)
    assert denied.returncode == 1 and "dynamodb.amazonaws.com" in denied.stdout
    assert run_dray(*check, tmp_path / "none", check=False).returncode == 2


def test_version_and_misuse():
    assert re.fullmatch(r"dray \d+\.\d+\.\d+\n", run_dray("version").stdout)
    assert run_dray(check=False).returncode == 2
    assert run_dray("serve", "--nonsense", check=False).returncode == 2
