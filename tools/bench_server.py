#!/usr/bin/python3
"""bench_server.py GENERATOR HTTP_LOAD GIGABYTES FOLDER: a table goes into a running `dray serve` by an import and out of it by an
export, with boto3; prints times and the server's peak memory (RSS) of each, read from the kernel. Then what exports of the table, and
imports of another one, cost its readers, and what recovery costs its writers."""

import pathlib
import random
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))
from bench_load import REQUESTS, Client, reads_during, writes_with_recovery  # noqa: E402
from dray_server import DrayServer  # noqa: E402

ACCOUNT = "111122223333"


def take_peak_megabytes(pid):
    """The peak since the last call."""
    peak = next(int(line.split()[1]) for line in open(f"/proc/{pid}/status") if line.startswith("VmHWM:")) / 1024
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
    return peak


def wait(describe, pause):
    while (found := describe())[0] == "IN_PROGRESS":
        time.sleep(pause)
    assert found[0] == "COMPLETED", found
    return found[1]


def main(generator, http_load, gigabytes, folder):
    folder = pathlib.Path(folder)
    (folder / "objects").mkdir(parents=True)
    items = int(subprocess.run([generator, "--write", gigabytes, folder / "objects"], check=True, capture_output=True,
                               text=True).stdout.split()[0])
    server = DrayServer(folder, "--log-level", "warning")
    server.start()
    try:
        server.create_account(ACCOUNT)
        s3, dynamodb = server.client("s3", ACCOUNT), server.client("dynamodb", ACCOUNT)
        s3.create_bucket(Bucket="bench")
        for path in sorted((folder / "objects").iterdir()):
            s3.upload_file(str(path), "bench", f"source/{path.name}")
            path.unlink()
        take_peak_megabytes(server.process.pid)

        def report(what, started):
            seconds = time.monotonic() - started
            print(f"server, {what}: {seconds:.2f} s, {float(gigabytes) * 1000 / seconds:.0f} MB/s, "
                  f"peak RSS {take_peak_megabytes(server.process.pid):.0f} MB", flush=True)

        def import_into(table, pause=0.05):
            arn = dynamodb.import_table(
                S3BucketSource=dict(S3Bucket="bench", S3KeyPrefix="source/"), InputFormat="DYNAMODB_JSON",
                InputCompressionType="GZIP", TableCreationParameters=dict(
                    TableName=table, AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")],
                    KeySchema=[dict(AttributeName="pk", KeyType="HASH")],
                    BillingMode="PAY_PER_REQUEST"))["ImportTableDescription"]["ImportArn"]

            def describe_import():
                found = dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]
                return found["ImportStatus"], found
            assert wait(describe_import, pause)["ImportedItemCount"] == items

        started = time.monotonic()
        import_into("bench")
        report("import", started)

        def import_and_drop():
            """Into another table than the one that is read."""
            import_into("other", pause=0.5)
            dynamodb.delete_table(TableName="other")
            return float(gigabytes) * 1e9

        def set_recovery(is_on):
            dynamodb.update_continuous_backups(TableName="bench",
                                               PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=is_on))

        def export(pause=0.05):
            arn = dynamodb.export_table_to_point_in_time(TableArn=table_arn, S3Bucket="bench")["ExportDescription"]["ExportArn"]

            def describe_export():
                found = dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
                return found["ExportStatus"], found
            assert wait(describe_export, pause)["ItemCount"] == items
            return float(gigabytes) * 1e9

        set_recovery(True)
        started = time.monotonic()
        table_arn = dynamodb.describe_table(TableName="bench")["Table"]["TableArn"]
        export()
        report("export", started)

        client = Client(http_load, server, ACCOUNT, folder)
        keys = [dict(pk=dict(S=f"customer#{number:012d}")) for number in random.Random(1).sample(range(items), REQUESTS)]
        reads_during("exports", client, "bench", keys, lambda: export(pause=0.5))
        reads_during("imports", client, "bench", keys, import_and_drop)
        found = [dynamodb.get_item(TableName="bench", Key=key)["Item"] for key in keys[:REQUESTS // 5]]
        writes_with_recovery(client, "bench", found, set_recovery)
    finally:
        server.stop()


main(*sys.argv[1:])
