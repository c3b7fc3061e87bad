"""full(T) + incremental [T, T2) = full(T2), always: random writes with restarts, kills and steps of the clock between cuts; then for
random pairs of cuts both full exports and the incremental one between them, in either view, applied to each other and compared
with what was put. DRAY_TEST_SEED makes the same run again; DRAY_MODEL_ROUNDS (12) says how many cuts."""

import gzip
import json
import os
import random
import sys
import time
import urllib.request
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "api"))
from dray_server import DrayServer, REGION
from raw_dynamodb import raw

ACCOUNT = "111122223333"
ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Changing"
SEED = int(os.environ.get("DRAY_TEST_SEED", "0")) or random.SystemRandom().randrange(1 << 32)
CUTS = int(os.environ.get("DRAY_MODEL_ROUNDS", "12"))
MINUTE, DAY = 60, 24 * 3600


class Run:
    def __init__(self, folder):
        self.random = random.Random(SEED)
        self.server = DrayServer(folder, "--dev")
        self.server.credentials[ACCOUNT] = ACCOUNT, "any"
        self.offset = 0
        self.items = {}  # what the table holds now
        self.cuts = []   # (whole second, what the table held then)

    def start(self):
        self.server.start()
        self.move_clock(0)
        self.dynamodb = self.server.client("dynamodb", ACCOUNT)
        self.s3 = self.server.client("s3", ACCOUNT)

    def move_clock(self, seconds):
        self.offset += seconds
        body = json.dumps(dict(offset_seconds=self.offset)).encode()
        urllib.request.urlopen(urllib.request.Request(self.server.endpoint + "/_dray/dev/clock", data=body, method="POST")).read()

    def restart(self):
        self.server.kill() if self.random.random() < 0.5 else self.server.stop()
        self.start()

    def write(self):
        key = f"{self.random.choice('ab')}{self.random.randrange(40)}"
        choice = self.random.random()
        if choice < 0.3:
            self.dynamodb.delete_item(TableName="Changing", Key={"pk": {"S": key}})
            self.items.pop(key, None)
        elif choice < 0.5:
            answer = self.dynamodb.update_item(
                TableName="Changing", Key={"pk": {"S": key}}, UpdateExpression="ADD n :one", ReturnValues="ALL_NEW",
                ExpressionAttributeValues={":one": {"N": "1"}})
            self.items[key] = answer["Attributes"]
        else:
            self.items[key] = {"pk": {"S": key}, "n": {"N": str(self.random.randrange(5))},
                               "text": {"S": "x" * self.random.randrange(200)}}
            self.dynamodb.put_item(TableName="Changing", Item=self.items[key])

    def cut(self):
        """Waits until a second of the server's clock has begun that lies behind all writes so far."""
        moment = int(time.time()) + 1
        time.sleep(max(0, moment - time.time()) + 0.002)
        self.dynamodb.describe_continuous_backups(TableName="Changing")  # a time that was told never comes again
        self.cuts.append((moment + self.offset, dict(self.items)))

    def export(self, **members):
        status, answer = raw(self.server, "ExportTableToPointInTime", dict(TableArn=ARN, S3Bucket="increments", **members), ACCOUNT)
        assert status == 200, answer
        arn = answer["ExportDescription"]["ExportArn"]
        if self.random.random() < 0.2:
            self.restart()
        while (found := self.dynamodb.describe_export(ExportArn=arn)["ExportDescription"])["ExportStatus"] == "IN_PROGRESS":
            time.sleep(0.01)
        assert found["ExportStatus"] == "COMPLETED", found

        def read(key):
            return self.s3.get_object(Bucket="increments", Key=key)["Body"].read()

        lines = []
        for entry in read(json.loads(read(found["ExportManifest"]))["manifestFilesS3Key"]).splitlines():
            lines += [json.loads(line) for line in gzip.decompress(read(json.loads(entry)["dataFileS3Key"])).splitlines()]
        assert len(lines) == found["ItemCount"]
        return lines

    def full(self, number):
        moment, expected = self.cuts[number]
        lines = self.export(ExportTime=moment)
        items = {line["Item"]["pk"]["S"]: line["Item"] for line in lines}
        assert len(items) == len(lines), "an item was exported twice"
        assert items == expected, f"the full export of cut {number}"
        return items

    def check_pair(self, first, last):
        (begin, before), (end, _) = self.cuts[first], self.cuts[last]
        view = self.random.choice(["NEW_IMAGE", "NEW_AND_OLD_IMAGES", None])
        more = dict(ExportViewType=view) if view else {}
        lines = self.export(ExportType="INCREMENTAL_EXPORT",
                            IncrementalExportSpecification=dict(ExportFromTime=begin, ExportToTime=end, **more))
        items, seen = self.full(first), set()
        for line in lines:
            key = line["Keys"]["pk"]["S"]
            assert key not in seen, f"{key} has two records"
            seen.add(key)
            assert begin * 10**6 <= int(line["Metadata"]["WriteTimestampMicros"]["N"]) < end * 10**6
            assert "NewImage" in line or key in before, f"{key} was there neither before nor afterwards"
            if view != "NEW_IMAGE":
                assert line.get("OldImage") == before.get(key)
            else:
                assert "OldImage" not in line
            if "NewImage" in line:
                items[key] = line["NewImage"]
            else:
                del items[key]
        assert items == self.full(last), f"cut {first} and what came until cut {last}"


def test_increments_lead_from_one_cut_to_another(tmp_path):
    print(f"DRAY_TEST_SEED={SEED}")
    run = Run(tmp_path)
    run.start()
    run.s3.create_bucket(Bucket="increments")
    run.dynamodb.create_table(
        TableName="Changing", KeySchema=[dict(AttributeName="pk", KeyType="HASH")], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")])
    run.dynamodb.update_continuous_backups(TableName="Changing", PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
    for number in range(CUTS):
        for _ in range(run.random.randrange(60)):
            run.write()
        run.cut()
        if run.random.random() < 0.4:
            run.restart()
        if run.random.random() < 0.3:  # back and, before the next cut, forward again: time stands still in between
            run.move_clock(-3600)
            for _ in range(5):
                run.write()
            run.move_clock(3600 + 10)
        run.move_clock(run.random.choice([1, 14 * MINUTE, 15 * MINUTE, 40 * MINUTE, 5 * 60 * MINUTE]))
    pairs = [(first, last) for first in range(CUTS) for last in range(first + 1, CUTS)
             if 15 * MINUTE <= run.cuts[last][0] - run.cuts[first][0] <= DAY]
    assert pairs
    for first, last in run.random.sample(pairs, min(len(pairs), CUTS)):
        run.check_pair(first, last)
    assert run.server.stop() == 0
