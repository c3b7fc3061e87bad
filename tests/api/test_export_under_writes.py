"""An export is one consistent cut while writes go on: writers put n into item A, wait for the answer, then put n into item B of another
partition, for many pairs. In every export taken meanwhile B <= A <= B + 1, and every export holds at least what was acknowledged
before it was asked for."""

import gzip
import json
import threading
import time

import pytest

from dray_server import DrayServer, REGION

ACCOUNT = "111122223333"
PAIRS = 24


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = DrayServer(tmp_path_factory.mktemp("cut"))
    started.start()
    started.create_account(ACCOUNT)
    started.client("s3", ACCOUNT).create_bucket(Bucket="cut-bucket")
    dynamodb = started.client("dynamodb", ACCOUNT)
    dynamodb.create_table(
        TableName="Pairs", KeySchema=[dict(AttributeName="pk", KeyType="HASH")], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")])
    dynamodb.update_continuous_backups(TableName="Pairs", PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
    yield started
    assert started.stop() == 0


class Writer(threading.Thread):
    """Puts rising numbers into the pairs that are its own; `acknowledged[pair]` is what A surely holds."""

    def __init__(self, server, pairs, stop):
        super().__init__()
        self.dynamodb = server.client("dynamodb", ACCOUNT)
        self.pairs, self.stop_event = pairs, stop
        self.acknowledged = dict.fromkeys(pairs, 0)
        self.error = None

    def run(self):
        try:
            number = 0
            while not self.stop_event.is_set():
                number += 1
                for pair in self.pairs:
                    for side in "AB":
                        self.dynamodb.put_item(TableName="Pairs", Item={"pk": {"S": f"{side}{pair}"}, "n": {"N": str(number)}})
                    self.acknowledged[pair] = number
        except Exception as error:  # shown by the test
            self.error = error


def export_numbers(server):
    """{"A0": n, "B0": n, ...} of one export taken now."""
    dynamodb, s3 = server.client("dynamodb", ACCOUNT), server.client("s3", ACCOUNT)
    arn = dynamodb.export_table_to_point_in_time(
        TableArn=f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Pairs", S3Bucket="cut-bucket")["ExportDescription"]["ExportArn"]
    while (found := dynamodb.describe_export(ExportArn=arn)["ExportDescription"])["ExportStatus"] == "IN_PROGRESS":
        time.sleep(0.01)
    assert found["ExportStatus"] == "COMPLETED", found

    def read(key):
        return s3.get_object(Bucket="cut-bucket", Key=key)["Body"].read()

    numbers = {}
    for entry in read(json.loads(read(found["ExportManifest"]))["manifestFilesS3Key"]).splitlines():
        for line in gzip.decompress(read(json.loads(entry)["dataFileS3Key"])).splitlines():
            item = json.loads(line)["Item"]
            assert item["pk"]["S"] not in numbers, "an item was exported twice"
            numbers[item["pk"]["S"]] = int(item["n"]["N"])
    return numbers


def test_every_export_taken_under_writes_is_one_cut(server):
    stop = threading.Event()
    writers = [Writer(server, range(first, PAIRS, 3), stop) for first in range(3)]
    for writer in writers:
        writer.start()
    try:
        seen = []
        until = time.monotonic() + 4
        while time.monotonic() < until or len(seen) < 5:
            before = {pair: number for writer in writers for pair, number in list(writer.acknowledged.items())}
            numbers = export_numbers(server)
            for pair in range(PAIRS):
                a, b = numbers.get(f"A{pair}", 0), numbers.get(f"B{pair}", 0)
                assert b <= a <= b + 1, f"pair {pair}: A is {a}, B is {b}"
                assert b >= before[pair], f"pair {pair}: {before[pair]} was acknowledged before the export, which has {b}"
            seen.append(sum(numbers.values()))
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert [writer.error for writer in writers] == [None] * 3
    assert len(set(seen)) > 1, "nothing was written between the exports"
