"""`dray import --apply-incrementals` and `--undo` against a server whose clock can be moved: a full export and what follows it."""

import json
import signal
import time
import urllib.request
from types import SimpleNamespace

import pytest

from command_fixtures import SOURCE, TARGET, arn_of, keys, read_json, turn_on
from dray_server import DrayServer
from faulty_proxy import operation, wait_until
from import_fixtures import ask, new_name

MINUTE = 60
KEY = ("--hash-key", "pk:S")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = DrayServer(tmp_path_factory.mktemp("incrementals"), "--dev")
    for account in (SOURCE, TARGET):
        started.credentials[account] = account, "any"
    started.start()
    yield started
    assert started.stop() == 0


class World:
    def __init__(self, server, dynamodb, s3, dray):
        self.server, self.dynamodb, self.s3, self.dray = server, dynamodb, s3, dray
        self.offset = 0

    def move_clock(self, seconds):
        self.offset += seconds
        body = json.dumps(dict(offset_seconds=self.offset)).encode()
        urllib.request.urlopen(urllib.request.Request(self.server.endpoint + "/_dray/dev/clock", data=body, method="POST")).read()

    def make_table(self, name):
        self.dynamodb.create_table(TableName=name, AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")],
                                   KeySchema=[dict(AttributeName="pk", KeyType="HASH")], BillingMode="PAY_PER_REQUEST")
        turn_on(self.dynamodb, name)

    def put(self, table, *items):
        for item in items:
            self.dynamodb.put_item(TableName=table, Item=item)

    def items(self, table):
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return {item["pk"]["S"]: item for page in pages for item in page["Items"]}

    def export(self, table, prefix, **more):
        done = ask(self.server, "ExportTableToPointInTime", TableArn=f"arn:aws:dynamodb:us-east-1:{SOURCE}:table/{table}",
                   S3Bucket="own", S3Prefix=prefix, **more)["ExportDescription"]
        until = time.monotonic() + 60
        while done["ExportStatus"] == "IN_PROGRESS":
            assert time.monotonic() < until
            time.sleep(0.05)
            done = ask(self.server, "DescribeExport", ExportArn=done["ExportArn"])["ExportDescription"]
        assert done["ExportStatus"] == "COMPLETED", done
        return done

    def increment(self, table, prefix, begin, end, view="NEW_AND_OLD_IMAGES"):
        return self.export(table, prefix, ExportType="INCREMENTAL_EXPORT", IncrementalExportSpecification=dict(
            ExportFromTime=begin, ExportToTime=end, ExportViewType=view))["ExportManifest"]

    def apply(self, url, table, *flags, **more):
        return self.dray.run("import", url, table, "--apply-incrementals", *flags, **more)


def item(pk, value):
    return dict(pk=dict(S=pk), v=dict(S=value))


@pytest.fixture(scope="module")
def world(server, dynamodb, buckets, dray):
    return World(server, dynamodb, buckets[SOURCE], dray)


@pytest.fixture(scope="module")
def chain(world):
    """The exports of one table under chain/: a full one with its schema and three that follow; what the table held at each cut."""
    world.make_table("Source")
    world.put("Source", *(item(f"i{number}", "full") for number in range(20)))
    world.move_clock(MINUTE)
    full_id = arn_of(world.dray.run("export", "Source", "s3://own/chain/", "--no-verify")).rsplit("/", 1)[1]
    root = f"chain/AWSDynamoDB/{full_id}/"
    at = ask(world.server, "DescribeExport", ExportArn=f"arn:aws:dynamodb:us-east-1:{SOURCE}:table/Source/export/{full_id}")
    at = at["ExportDescription"]["ExportTime"]
    cuts, manifests, states = [at], [], [world.items("Source")]
    for number in range(3):
        time.sleep(0.01)
        world.put("Source", *(item(f"i{one}", f"change {number}") for one in range(number, 20, 3)), item(f"new{number}", "new"))
        world.dynamodb.delete_item(TableName="Source", Key=dict(pk=dict(S=f"i{number + 10}")))
        world.move_clock(20 * MINUTE)
        end = int(time.time() + world.offset) - 1
        states.append(world.items("Source"))
        manifests.append(world.increment("Source", "chain", cuts[-1], end))
        cuts.append(end)
    return SimpleNamespace(url="s3://own/chain", root=root, id=full_id, manifests=manifests, states=states, cuts=cuts)


def copy(world, prefix, *objects):
    """A bucket with these exports only, under the keys that they have behind the prefix; its URL."""
    bucket = new_name()
    world.s3.create_bucket(Bucket=bucket)
    for key in keys(world.s3, "own", "chain/"):
        if key.startswith("chain/AWSDynamoDB/data/") or any(key.startswith(root.rsplit("/", 1)[0] + "/") for root in objects):
            body = world.s3.get_object(Bucket="own", Key=key)["Body"].read()
            world.s3.put_object(Bucket=bucket, Key=prefix + key, Body=body)
    return f"s3://{bucket}/{prefix}chain"


def full_copy(world, chain):
    """A table as the full export has it."""
    table = new_name()
    world.dray.run("import", f"s3://own/{chain.root}", table, *KEY, "--no-schema")
    assert world.items(table) == chain.states[0]
    return table


def test_one_command_makes_the_table_and_applies_what_follows(world, chain):
    table = new_name()
    done = world.apply(chain.url, table)
    assert world.items(table) == chain.states[3]
    assert f"imported: {len(chain.states[0])} items" in done.stdout and "applied: " in done.stdout
    assert f"{table} is a copy as of " in done.stdout and "deleted" in done.stdout
    again = world.apply(chain.url, table)
    assert "nothing to apply: the table is as of" in again.stderr and world.items(table) == chain.states[3]
    # All of it as JSON.
    table = new_name()
    told = json.loads(world.apply(chain.url, table, "--json", "--quiet").stdout)
    assert [link["Manifest"] for link in told["Chain"]] == chain.manifests and told["LeftOut"] == []
    job, full = told["ImportTableDescription"], told["FullImport"]["ImportTableDescription"]
    assert (job["Mode"], job["AppliedTo"], job["ErrorCount"]) == ("APPLY", chain.cuts[3], 0)
    assert full["ImportedItemCount"] == len(chain.states[0]) and full["ImportStatus"] == "COMPLETED"


def test_a_table_that_is_there_gets_what_comes_after_its_state(world, chain):
    table = full_copy(world, chain)
    url = copy(world, "", chain.manifests[0])
    world.apply(url, table)
    assert world.items(table) == chain.states[1]
    done = world.apply(chain.url, table)
    assert "left out, because the table has it already" in done.stderr and chain.manifests[0].rsplit("/", 1)[0] in done.stderr
    assert world.items(table) == chain.states[3]


def test_a_dry_run_shows_the_chain_and_changes_nothing(world, chain):
    table = new_name()
    done = world.apply(chain.url, table, "--dry-run")
    lines = done.stdout.splitlines()
    assert lines[1].startswith("would send ImportTable {")
    ids = [manifest.split("/")[-2] for manifest in chain.manifests]
    shown = [line for line in lines if "Source, changes from" in line]
    assert [line.split()[0] for line in shown] == ids and all(" records" in line for line in shown)
    body = json.loads(lines[-1].removeprefix("would send ApplyIncrementals "))
    assert body["Manifests"] == chain.manifests and body["DryRun"] is True
    with pytest.raises(world.dynamodb.exceptions.ResourceNotFoundException):
        world.dynamodb.describe_table(TableName=table)
    table = full_copy(world, chain)
    done = world.apply(chain.url, table, "--dry-run")
    assert "would be applied: " in done.stdout and ids[0] in done.stdout and world.items(table) == chain.states[0]


def test_a_gap_is_refused_before_anything_is_made(world, chain):
    url = copy(world, "", chain.root, chain.manifests[0], chain.manifests[2])
    table = new_name()
    done = world.apply(url, table, *KEY, code=1)
    third = chain.manifests[2].rsplit("/", 1)[0] + "/"
    assert "contiguous up to" in done.stderr and f"{third}, begins at" in done.stderr and "is missing" in done.stderr
    with pytest.raises(world.dynamodb.exceptions.ResourceNotFoundException):
        world.dynamodb.describe_table(TableName=table)
    table = full_copy(world, chain)
    done = world.apply(copy(world, "", chain.manifests[1]), table, code=1)
    assert "is a copy as of" in done.stderr and "imported from s3://own/" + chain.root in done.stderr
    assert world.items(table) == chain.states[0]


def test_what_a_table_is_a_copy_of_can_be_said(world, chain):
    table = new_name()
    world.make_table(table)
    world.put(table, *chain.states[1].values())
    done = world.apply(chain.url, table, code=1)
    assert "not known what the table" in done.stderr and "--from" in done.stderr
    begin = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(chain.cuts[1]))
    world.apply(chain.url, table, "--from", begin)
    assert world.items(table) == chain.states[3]


def test_undo_takes_back_the_last_and_no_other(world, chain):
    table = new_name()
    world.apply(chain.url, table)
    one, two, three = (f"s3://own/{manifest}" for manifest in chain.manifests)
    undo = ("import", three.rsplit("/", 1)[0], table, "--undo")
    failed = world.dray.run("import", two, table, "--undo", code=1)
    assert "IncrementalChainInvalid" in failed.stderr and "the last incremental is undone first" in failed.stderr
    done = world.dray.run(*undo, "--dry-run")
    assert "would be undone: " in done.stdout and world.items(table) == chain.states[3]
    done = world.dray.run(*undo)
    assert "undone: " in done.stdout and f"{table} is a copy as of" in done.stdout and world.items(table) == chain.states[2]
    # What was changed since stays, and is named; --force takes it back, too.
    world.put(table, item("new1", "mine"))
    failed = world.dray.run("import", two, table, "--undo", code=1)
    assert "ItemValidationError" in failed.stderr and "--undo --force" in failed.stderr and "new1" in failed.stderr
    assert world.items(table) == chain.states[1] | {"new1": item("new1", "mine")}
    world.dray.run("import", two, table, "--undo", "--force")
    assert world.items(table) == chain.states[1]
    # Having been undone, they can be applied again.
    world.apply(chain.url, table)
    assert world.items(table) == chain.states[3]
    several = world.dray.run("import", chain.url, table, "--undo", code=1)
    assert "there are 3 incremental exports under" in several.stderr and chain.manifests[2].rsplit("/", 1)[0] in several.stderr
    full = world.dray.run("import", f"s3://own/{chain.root}", table, "--undo", code=1)
    assert "there is no incremental export under" in full.stderr


@pytest.fixture
def synced(world, chain, tmp_path):
    """The chain as `aws s3 sync` brings it; no bucket is left behind by what is done with it."""
    folder = tmp_path / "synced"
    world.server.aws(SOURCE, "s3", "sync", chain.url, folder)
    before = {bucket["Name"] for bucket in world.s3.list_buckets()["Buckets"]}
    yield folder
    assert {bucket["Name"] for bucket in world.s3.list_buckets()["Buckets"]} == before


def test_a_synced_chain_makes_a_table_in_one_command(world, chain, synced):
    table = new_name()
    shown = world.apply(synced, table, "--dry-run").stdout
    asked = [json.loads(line.split(" ", 3)[3]) for line in shown.splitlines() if "ApplyIncrementals" in line]
    assert [request["Manifests"] for request in asked] == [chain.manifests]
    told = json.loads(world.apply(synced, table, "--json", "--quiet").stdout)
    assert world.items(table) == chain.states[3]
    assert [link["Manifest"] for link in told["Chain"]] and told["Staged"]["Files"] > 3 * 4 and told["FullImport"]["Staged"]["Files"] >= 1
    # Its last one is taken back, from another folder that has it under other names than the bucket had.
    moved = synced.rename(synced.parent / "moved")
    world.dray.run("import", moved / "AWSDynamoDB" / chain.manifests[2].split("/")[-2], table, "--undo")
    assert world.items(table) == chain.states[2]
    world.apply(moved, table)
    assert world.items(table) == chain.states[3]


def test_a_synced_chain_goes_on_from_what_is_said(world, chain, synced):
    table = new_name()
    world.dray.run("import", synced / "AWSDynamoDB" / chain.id, table, *KEY, "--no-schema")
    refused = world.apply(synced, table, code=1)
    begin = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(chain.cuts[0]))
    assert f"if it was made of {synced}/AWSDynamoDB/{chain.id}/: --from {begin}" in refused.stderr
    world.apply(synced, table, "--from", refused.stderr.split("--from ")[-1].strip())
    assert world.items(table) == chain.states[3]


def test_a_synced_chain_that_is_not_whole_changes_nothing(world, chain, synced):
    table = full_copy(world, chain)
    data = sorted((synced / "AWSDynamoDB" / "data").rglob("*.gz"))
    content = data[0].read_bytes()
    data[0].unlink()
    done = world.apply(synced, table, code=3)
    assert f"{data[0]} is missing, of the incremental export {synced}/AWSDynamoDB/" in done.stderr
    data[0].write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    done = world.apply(synced, table, code=1)
    assert "IncrementalChainInvalid" in done.stderr and data[0].name in done.stderr
    assert world.items(table) == chain.states[0]


def test_ctrl_c_before_the_full_export_is_there_says_how_to_go_on(world, chain, proxy):
    table = new_name()
    proxy.faults = [lambda request: ("change", lambda body: body.replace(b"COMPLETED", b"IN_PROGRESS"))
                    if operation("DescribeImport")(request) else None]
    process = world.dray.start("import", chain.url, table, "--apply-incrementals", endpoint=proxy.endpoint)
    wait_until(lambda: "DescribeImport" in proxy.targets())
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130 and "the incremental exports were not applied" in err and "the same command applies them" in err
    assert "ApplyIncrementals" not in proxy.targets()
    arn = next(line for line in out.splitlines() if "/import/" in line)
    wait_until(lambda: world.dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]["ImportStatus"] == "COMPLETED")
    assert world.items(table) == chain.states[0]
    world.apply(chain.url, table)
    assert world.items(table) == chain.states[3]


def test_ctrl_c_while_increments_are_asked_for_leaves_them_whole_or_undone(world, chain, proxy):
    table = new_name()
    proxy.faults = [lambda request: ("slow", 20) if operation("ApplyIncrementals")(request) else None]
    process = world.dray.start("import", chain.url, table, "--apply-incrementals", endpoint=proxy.endpoint)
    wait_until(lambda: "ApplyIncrementals" in proxy.targets())
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130 and "interrupted before the import was accepted" in err
    assert world.items(table) == chain.states[0]
    proxy.faults = []
    proxy.slow_until.set()  # the request gets there after all
    wait_until(lambda: world.items(table) == chain.states[3])
    again = world.apply(chain.url, table)
    assert "nothing to apply" in again.stderr and world.items(table) == chain.states[3]


def test_exports_of_several_tables_are_listed(world, chain):
    world.make_table("Other")
    world.put("Other", item("a", "b"))
    world.move_clock(MINUTE)
    root = world.export("Other", "chain")["ExportManifest"].rsplit("/", 1)[0] + "/"
    try:
        done = world.apply(chain.url, new_name(), code=1)
        assert "exports of 2 tables" in done.stderr and ":table/Other: 1" in done.stderr and ":table/Source: 4" in done.stderr
    finally:
        for key in keys(world.s3, "own", root):
            world.s3.delete_object(Bucket="own", Key=key)


def test_of_several_full_exports_one_is_named(world, chain):
    later = arn_of(world.dray.run("export", "Source", "s3://own/chain/", "--no-verify", "--time",
                                  time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(chain.cuts[1])))).rsplit("/", 1)[1]
    try:
        table = new_name()
        done = world.apply(chain.url, table, code=1)
        assert "there are 2 full exports" in done.stderr and chain.id in done.stderr and later in done.stderr
        done = world.apply(chain.url, table, "--full", later)
        assert world.items(table) == chain.states[3] and "left out" in done.stderr
        assert "--full is for one that is made" in world.apply(chain.url, table, "--full", later, code=1).stderr
    finally:
        for key in keys(world.s3, "own", f"chain/AWSDynamoDB/{later}/"):
            world.s3.delete_object(Bucket="own", Key=key)


def test_exports_under_other_names_are_refused(world, chain):
    table = full_copy(world, chain)
    done = world.apply(copy(world, "moved/", *chain.manifests), table, code=1)
    assert "was copied to another name" in done.stderr and "its manifests say chain/AWSDynamoDB/" in done.stderr
    assert world.items(table) == chain.states[0]


def test_an_answer_that_is_lost_starts_no_second_job(world, chain, proxy):
    table = full_copy(world, chain)
    proxy.faults = [lambda request, seen=[]: ("cut", 0) if operation("ApplyIncrementals")(request) and not seen and not seen.append(1)
                    else None]
    world.apply(chain.url, table, endpoint=proxy.endpoint)
    assert world.items(table) == chain.states[3] and proxy.targets().count("ApplyIncrementals") == 2
    jobs = ask(world.server, "ListImports", TableArn=f"arn:aws:dynamodb:us-east-1:{SOURCE}:table/{table}")["ImportSummaryList"]
    assert sorted(job.get("Mode", "") for job in jobs) == ["", "APPLY"]


def test_a_token_is_one_job_whatever_was_applied_since(world, chain):
    table = full_copy(world, chain)
    first = world.apply(chain.url, table, "--client-token", "one", "--no-wait").stdout
    assert world.apply(chain.url, table, "--client-token", "one").stdout.splitlines()[0] == first.strip()
    assert world.apply(chain.url, table, "--client-token", "one").stdout.splitlines()[0] == first.strip()
    assert world.items(table) == chain.states[3]


def test_flags_that_make_no_sense_together(world, chain):
    for flags, words in (
            (("--apply-incrementals", "--undo"), "exclude each other"), (("--apply-incrementals", "--mode", "merge"), "--mode"),
            (("--apply-incrementals", "--drop", "a"), "no transforms"), (("--undo", "--format", "ion"), "--format"),
            (("--undo", "--from", "2026-01-01"), "--from"), (("--apply-incrementals", "--force"), "--force"),
            (("--undo", *KEY), "leave its flags away"), (("--undo", "--no-verify"), "--no-verify"),
            (("--apply-incrementals", "--from", "noon"), "takes a time"), (("--full", chain.id), "--full")):
        done = world.dray.run("import", chain.url, "T", *flags, code=2)
        assert words in done.stderr, done.stderr
    done = world.dray.run("import", ".", "T", "--apply-incrementals", "--staging", "s3://own/x", code=2)
    assert "leave --staging away" in done.stderr
    assert "leave --no-wait away" in world.apply(chain.url, new_name(), "--no-wait", code=1).stderr
    table = full_copy(world, chain)
    assert "it is what it is" in world.apply(chain.url, table, *KEY, code=1).stderr
    assert "no incremental export under" in world.apply(f"s3://own/{chain.root}", table, code=1).stderr
    assert read_json(world.s3, "own", chain.manifests[0])["exportType"] == "INCREMENTAL_EXPORT"
