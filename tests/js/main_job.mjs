// The main job with the AWS SDK for JavaScript v3, whose uploads carry checksum trailers by default: an object in every way the SDK
// sends one, a table of every type, its export, its import, and both tables equal. Exit code 0 when all holds.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

import {
  BatchGetItemCommand, BatchWriteItemCommand, CreateTableCommand, DescribeExportCommand, DescribeImportCommand, DescribeTableCommand,
  DynamoDBClient, ExportTableToPointInTimeCommand, GetItemCommand, ImportTableCommand, PutItemCommand, QueryCommand, ScanCommand,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import {
  CompleteMultipartUploadCommand, CreateBucketCommand, CreateMultipartUploadCommand, DeleteObjectsCommand, GetObjectCommand,
  HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client, UploadPartCommand,
} from "@aws-sdk/client-s3";

const settings = { endpoint: process.env.DRAY_ENDPOINT, region: "us-east-1", maxAttempts: 1 };
const s3 = new S3Client({ ...settings, forcePathStyle: true });
const dynamodb = new DynamoDBClient(settings);
const account = process.env.DRAY_ACCOUNT;
const bucket = "js-bucket";

async function bytesOf(output) {
  return Buffer.from(await output.Body.transformToByteArray());
}

async function objects() {
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const body = randomBytes(300_000);
  for (const ChecksumAlgorithm of [undefined, "CRC32", "CRC32C", "SHA1", "SHA256"]) {
    const Key = `plain/${ChecksumAlgorithm ?? "default"}`;
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: body, ChecksumAlgorithm }));
    const got = await s3.send(new GetObjectCommand({ Bucket: bucket, Key, ChecksumMode: "ENABLED" }));
    assert.deepEqual(await bytesOf(got), body);
  }
  // A stream: its hash is not known beforehand, so the SDK sends aws-chunked with a trailer.
  const stream = Readable.from([body.subarray(0, 100_000), body.subarray(100_000)]);
  await s3.send(new PutObjectCommand({
    Bucket: bucket, Key: "stream", Body: stream, ContentLength: body.length, ChecksumAlgorithm: "CRC32" }));
  assert.deepEqual(await bytesOf(await s3.send(new GetObjectCommand({ Bucket: bucket, Key: "stream" }))), body);
  const ranged = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: "stream", Range: "bytes=10-19" }));
  assert.deepEqual(await bytesOf(ranged), body.subarray(10, 20));

  const parts = [randomBytes(5 * 1024 * 1024), randomBytes(1234)];
  const Key = "multi part/ключ?.bin";
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key, ChecksumAlgorithm: "CRC32" }));
  const Parts = [];
  for (const [index, Body] of parts.entries()) {
    const done = await s3.send(new UploadPartCommand({
      Bucket: bucket, Key, UploadId, PartNumber: index + 1, Body, ChecksumAlgorithm: "CRC32" }));
    Parts.push({ PartNumber: index + 1, ETag: done.ETag, ChecksumCRC32: done.ChecksumCRC32 });
  }
  await s3.send(new CompleteMultipartUploadCommand({ Bucket: bucket, Key, UploadId, MultipartUpload: { Parts } }));
  const digests = parts.map((part) => createHash("md5").update(part).digest());
  const etag = `"${createHash("md5").update(Buffer.concat(digests)).digest("hex")}-2"`;
  assert.equal((await s3.send(new HeadObjectCommand({ Bucket: bucket, Key }))).ETag, etag);
  assert.deepEqual(await bytesOf(await s3.send(new GetObjectCommand({ Bucket: bucket, Key }))), Buffer.concat(parts));

  const listed = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Delimiter: "/" }));
  assert.deepEqual(listed.CommonPrefixes.map((found) => found.Prefix), ["multi part/", "plain/"]);
  assert.deepEqual(listed.Contents.map((found) => found.Key), ["stream"]);
  const gone = await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [{ Key: "stream" }, { Key: "absent" }] } }));
  assert.equal(gone.Deleted.length, 2);
  await assert.rejects(s3.send(new GetObjectCommand({ Bucket: bucket, Key: "stream" })), { name: "NoSuchKey" });
}

const keys = {
  AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }, { AttributeName: "sk", AttributeType: "N" }],
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }, { AttributeName: "sk", KeyType: "RANGE" }],
  BillingMode: "PAY_PER_REQUEST",
};
const everyType = {
  pk: { S: "types" }, sk: { N: "-1.5" }, s: { S: "日本語 🦑" }, n: { N: "12345678901234567890123456789012345678" },
  b: { B: new Uint8Array([0, 1, 255]) }, t: { BOOL: true }, z: { NULL: true }, l: { L: [{ S: "x" }, { L: [{ N: "1" }] }] },
  m: { M: { "a.b": { M: { c: { N: "0.001" } } } } }, ss: { SS: ["a", "b"] }, ns: { NS: ["1", "2.5"] },
  bs: { BS: [new Uint8Array([1]), new Uint8Array([2])] },
};

async function scanAll(TableName) {
  const found = new Map();
  let ExclusiveStartKey;
  do {
    const page = await dynamodb.send(new ScanCommand({ TableName, ExclusiveStartKey, Limit: 100 }));
    for (const item of page.Items) found.set(`${item.pk.S} ${item.sk.N}`, item);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return found;
}

async function table() {
  await dynamodb.send(new CreateTableCommand({ TableName: "JsTable", ...keys }));
  await dynamodb.send(new PutItemCommand({ TableName: "JsTable", Item: everyType }));
  for (let batch = 0; batch < 20; ++batch) {
    const puts = Array.from({ length: 25 }, (_, i) => (
      { PutRequest: { Item: { pk: { S: `p${batch}` }, sk: { N: `${i}` }, v: { S: "v".repeat(i) } } } }));
    const { UnprocessedItems } = await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { JsTable: puts } }));
    assert.deepEqual(UnprocessedItems ?? {}, {});
  }
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName: "JsTable", Key: { pk: { S: "types" }, sk: { N: "-1.50" } } }));
  assert.deepEqual(Item, everyType);
  const query = await dynamodb.send(new QueryCommand({
    TableName: "JsTable", KeyConditionExpression: "pk = :p AND sk BETWEEN :a AND :b", ScanIndexForward: false,
    ExpressionAttributeValues: { ":p": { S: "p3" }, ":a": { N: "5" }, ":b": { N: "7" } } }));
  assert.deepEqual(query.Items.map((item) => item.sk.N), ["7", "6", "5"]);
  const Keys = [{ pk: { S: "p1" }, sk: { N: "1" } }, { pk: { S: "no" }, sk: { N: "1" } }];
  const batch = await dynamodb.send(new BatchGetItemCommand({ RequestItems: { JsTable: { Keys } } }));
  assert.equal(batch.Responses.JsTable.length, 1);
}

async function until(describe) {
  for (;;) {
    const found = await describe();
    const status = found.ExportStatus ?? found.ImportStatus;
    if (status !== "IN_PROGRESS") {
      assert.equal(status, "COMPLETED", JSON.stringify(found));
      return found;
    }
    await sleep(50);
  }
}

async function move() {
  await dynamodb.send(new UpdateContinuousBackupsCommand({
    TableName: "JsTable", PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 } }));
  const TableArn = `arn:aws:dynamodb:us-east-1:${account}:table/JsTable`;
  const started = await dynamodb.send(new ExportTableToPointInTimeCommand({
    TableArn, S3Bucket: bucket, S3Prefix: "js", ExportFormat: "DYNAMODB_JSON", ExportType: "FULL_EXPORT" }));
  const { ExportArn } = started.ExportDescription;
  const exported = await until(async () => (await dynamodb.send(new DescribeExportCommand({ ExportArn }))).ExportDescription);
  assert.equal(exported.ItemCount, 501);
  const imported = await dynamodb.send(new ImportTableCommand({
    S3BucketSource: { S3Bucket: bucket, S3KeyPrefix: exported.ExportManifest.replace(/manifest-summary.json$/, "data/") },
    InputFormat: "DYNAMODB_JSON", InputCompressionType: "GZIP", TableCreationParameters: { TableName: "JsCopy", ...keys } }));
  const { ImportArn } = imported.ImportTableDescription;
  await until(async () => (await dynamodb.send(new DescribeImportCommand({ ImportArn }))).ImportTableDescription);
  assert.equal((await dynamodb.send(new DescribeTableCommand({ TableName: "JsCopy" }))).Table.TableStatus, "ACTIVE");
  assert.deepEqual(new Map([...await scanAll("JsCopy")].sort()), new Map([...await scanAll("JsTable")].sort()));
}

await objects();
await table();
await move();
console.log(`main job with the AWS SDK for JavaScript on Node ${process.version}: ok`);
