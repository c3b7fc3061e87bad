// Incremental exports, driven by the SDK: both formats and both views hold one record for each item that changed in the period; what
// the description echoes; the layout with its shared folder; every check of the request in AWS's order and words. The server is one
// whose clock can be moved. Exit code 0 when all holds.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";

import {
  CreateTableCommand, DeleteItemCommand, DescribeExportCommand, DynamoDBClient, ExportTableToPointInTimeCommand, ListExportsCommand,
  PutItemCommand, UpdateContinuousBackupsCommand, UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import ion from "ion-js";

import { settings } from "./client_settings.mjs";
import { attributesOf } from "./ion_values.mjs";

const s3 = new S3Client({ ...settings, forcePathStyle: true });
const dynamodb = new DynamoDBClient(settings);
const Bucket = "incremental-bucket";
const minute = 60_000;
let offset = 0;

// Moves the server's clock and gives its time in whole seconds, as clients send it.
async function wait(milliseconds) {
  offset += milliseconds;
  const moved = await fetch(`${settings.endpoint}/_dray/dev/clock`, {
    method: "POST", body: JSON.stringify({ offset_seconds: Math.round(offset / 1000) }) });
  assert.equal(moved.status, 200);
  await sleep(1000 - Date.now() % 1000);
  return now();
}
const now = () => new Date(Math.floor(Date.now() / 1000) * 1000 + offset);
const iso = (date) => date.toISOString().replace(/\.\d+Z$/, "Z");

async function makeTable(TableName) {
  const { TableDescription } = await dynamodb.send(new CreateTableCommand({
    TableName, BillingMode: "PAY_PER_REQUEST",
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }, { AttributeName: "sk", KeyType: "RANGE" }],
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }, { AttributeName: "sk", AttributeType: "N" }],
  }));
  return TableDescription.TableArn;
}
const recovery = (TableName, PointInTimeRecoveryEnabled) => dynamodb.send(new UpdateContinuousBackupsCommand({
  TableName, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled } }));
const itemOf = (pk, more = {}) => ({ pk: { S: pk }, sk: { N: "1" }, ...more });
const put = (TableName, pk, more) => dynamodb.send(new PutItemCommand({ TableName, Item: itemOf(pk, more) }));
const remove = (TableName, pk) => dynamodb.send(new DeleteItemCommand({ TableName, Key: itemOf(pk) }));

const request = (TableArn, ExportFromTime, ExportToTime, more = {}, view = {}) => new ExportTableToPointInTimeCommand({
  TableArn, S3Bucket: Bucket, ExportType: "INCREMENTAL_EXPORT", ...more,
  IncrementalExportSpecification: { ExportFromTime, ExportToTime, ...view } });

async function refused(command, name, message) {
  const error = await dynamodb.send(command).then(() => assert.fail(`accepted, not refused with: ${message}`), (caught) => caught);
  assert.deepEqual([error.name, error.message, error.$metadata.httpStatusCode], [name, message, 400]);
}

async function bytesOf(Key) {
  const object = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from(await object.Body.transformToByteArray());
}

async function finished(ExportArn) {
  for (;;) {
    const { ExportDescription } = await dynamodb.send(new DescribeExportCommand({ ExportArn }));
    if (ExportDescription.ExportStatus !== "IN_PROGRESS") return ExportDescription;
    await sleep(20);
  }
}

const md5 = (bytes) => createHash("md5").update(bytes).digest("base64");

// The records of an export by their item's name, read by its manifests alone; with its description and summary.
async function read(ExportArn) {
  const description = await finished(ExportArn);
  assert.equal(description.ExportStatus, "COMPLETED", JSON.stringify(description));
  const folder = description.ExportManifest.replace(/[^/]*$/, "");
  const text = await bytesOf(description.ExportManifest);
  assert.equal((await bytesOf(`${folder}manifest-summary.md5`)).toString(), md5(text));
  const summary = JSON.parse(text);
  const filesText = await bytesOf(summary.manifestFilesS3Key);
  assert.equal((await bytesOf(`${folder}manifest-files.md5`)).toString(), md5(filesText));
  const files = filesText.toString().trimEnd().split("\n").map((line) => JSON.parse(line));
  const records = {};
  for (const file of files) {
    const bytes = await bytesOf(file.dataFileS3Key);
    assert.equal(file.md5Checksum, md5(bytes));
    const { ETag } = await s3.send(new HeadObjectCommand({ Bucket, Key: file.dataFileS3Key }));
    assert.equal(ETag, `"${file.etag}"`);
    const lines = gunzipSync(bytes).toString().split("\n").slice(0, -1);
    assert.equal(lines.length, file.itemCount);
    for (const line of lines) {
      const { name, ...record } = summary.outputFormat === "ION" ? ionRecord(line) : jsonRecord(line);
      assert.ok(!(name in records), `${name} has two records`);
      records[name] = record;
    }
  }
  assert.equal(summary.itemCount, Object.keys(records).length);
  assert.equal(description.ItemCount, summary.itemCount);
  return { description, summary, files, records };
}

function jsonRecord(line) {
  const parsed = JSON.parse(line);
  const { Metadata, Keys, OldImage, NewImage } = parsed;
  assert.deepEqual(Object.keys(parsed), ["Metadata", "Keys", "OldImage", "NewImage"].filter((member) => member in parsed));
  assert.deepEqual(Object.keys(Metadata.WriteTimestampMicros), ["N"]);
  return { name: Keys.pk.S, time: Number(Metadata.WriteTimestampMicros.N), Keys, OldImage, NewImage };
}

function ionRecord(line) {
  assert.ok(line.startsWith("$ion_1_0 {Record:{Keys:{"), line);
  const all = ion.loadAll(line);
  assert.equal(all.length, 1);
  const record = all[0].get("Record");
  const { Keys, Metadata: { M: metadata }, OldImage, NewImage } = attributesOf(record);
  assert.deepEqual(record.fieldNames(),
    ["Keys", "Metadata", "OldImage", "NewImage"].filter((member) => record.fieldNames().includes(member)));
  return {
    name: Keys.M.pk.S, time: Number(metadata.WriteTimestampMicros.N), Keys: Keys.M, OldImage: OldImage?.M, NewImage: NewImage?.M };
}

await s3.send(new CreateBucketCommand({ Bucket }));

// ---- what is in an export

const TableArn = await makeTable("Cities");
await recovery("Cities", true);
const big = { digits: { N: "12345678901234567890123456789012345678" }, set: { SS: ["a", "b"] }, text: { S: "zażółć \"日本\"" } };
for (const name of ["updated", "deleted", "untouched", "replaced", "touched"]) await put("Cities", name, { n: { N: "1" } });
const from = await wait(minute);
await dynamodb.send(new UpdateItemCommand({
  TableName: "Cities", Key: itemOf("updated"), UpdateExpression: "SET n = n + :one", ExpressionAttributeValues: { ":one": { N: "9" } } }));
await put("Cities", "inserted", big);
await put("Cities", "passing");
await remove("Cities", "passing");
await remove("Cities", "deleted");
await remove("Cities", "replaced");
await put("Cities", "replaced", { n: { N: "2" } });
await put("Cities", "touched", { n: { N: "1" } });  // the same again is a write, too
const to = await wait(20 * minute);
await remove("Cities", "inserted");
await put("Cities", "updated", { n: { N: "-1" } });
await put("Cities", "deleted");
await put("Cities", "later");

const after = {
  inserted: { NewImage: itemOf("inserted", big) },
  updated: { OldImage: itemOf("updated", { n: { N: "1" } }), NewImage: itemOf("updated", { n: { N: "10" } }) },
  deleted: { OldImage: itemOf("deleted", { n: { N: "1" } }) },
  replaced: { OldImage: itemOf("replaced", { n: { N: "1" } }), NewImage: itemOf("replaced", { n: { N: "2" } }) },
  touched: { OldImage: itemOf("touched", { n: { N: "1" } }), NewImage: itemOf("touched", { n: { N: "1" } }) },
};
const arns = [];
const times = {};
for (const ExportFormat of ["DYNAMODB_JSON", "ION"]) {
  for (const ExportViewType of ["NEW_IMAGE", "NEW_AND_OLD_IMAGES"]) {
    const { ExportDescription: begun } = await dynamodb.send(
      request(TableArn, from, to, { ExportFormat, S3Prefix: "p" }, { ExportViewType }));
    assert.equal(begun.ExportStatus, "IN_PROGRESS");
    arns.push(begun.ExportArn);
    const { description, summary, files, records } = await read(begun.ExportArn);
    for (const shown of [begun, description]) {
      assert.equal(shown.ExportType, "INCREMENTAL_EXPORT");
      assert.equal(shown.ExportTime, undefined);
      assert.deepEqual(shown.IncrementalExportSpecification, { ExportFromTime: from, ExportToTime: to, ExportViewType });
    }
    assert.equal(description.BilledSizeBytes, 10_000_000);

    assert.deepEqual(Object.keys(records).sort(), Object.keys(after).sort());
    for (const [name, { OldImage, NewImage }] of Object.entries(after)) {
      const record = records[name];
      assert.deepEqual(record.Keys, itemOf(name));
      assert.deepEqual(record.NewImage, NewImage, name);
      assert.deepEqual(record.OldImage, ExportViewType === "NEW_IMAGE" ? undefined : OldImage, name);
      assert.ok(record.time >= from.getTime() * 1000 && record.time < to.getTime() * 1000, `${name} at ${record.time}`);
      assert.equal(times[name] ??= record.time, record.time, "the time of a write is the same in all exports");
    }

    const id = begun.ExportArn.replace(/.*\//, "");
    assert.equal(description.ExportManifest, `p/AWSDynamoDB/${id}/manifest-summary.json`);
    assert.deepEqual(Object.keys(summary), ["version", "exportArn", "startTime", "endTime", "tableArn", "tableId", "exportFromTime",
      "exportToTime", "s3Bucket", "s3Prefix", "s3SseAlgorithm", "s3SseKmsKeyId", "manifestFilesS3Key", "billedSizeBytes", "itemCount",
      "outputFormat", "outputView", "exportType"]);
    assert.equal(summary.version, "2023-08-01");
    assert.deepEqual([summary.exportFromTime, summary.exportToTime], [from.toISOString(), to.toISOString()]);
    assert.deepEqual([summary.outputFormat, summary.outputView, summary.exportType], [ExportFormat, ExportViewType, "INCREMENTAL_EXPORT"]);
    const extension = ExportFormat === "ION" ? "ion.gz" : "json.gz";
    for (const file of files) assert.match(file.dataFileS3Key, new RegExp(`^p/AWSDynamoDB/data/[a-z2-7]{26}\\.${extension}$`));
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: `p/AWSDynamoDB/${id}/` }));
    assert.deepEqual(Contents.map((object) => object.Key.replace(/.*\//, "")),
      ["_started", "manifest-files.json", "manifest-files.md5", "manifest-summary.json", "manifest-summary.md5"]);
  }
}
const listed = (await dynamodb.send(new ListExportsCommand({ TableArn }))).ExportSummaries;
assert.deepEqual(listed.map((entry) => [entry.ExportArn, entry.ExportType]),
  arns.reverse().map((arn) => [arn, "INCREMENTAL_EXPORT"]));

// ---- defaults; periods that touch

await wait(20 * minute);
const { ExportDescription: open } = await dynamodb.send(request(TableArn, to));
const shown = open.IncrementalExportSpecification;
assert.deepEqual([shown.ExportFromTime, shown.ExportViewType], [to, "NEW_AND_OLD_IMAGES"]);
assert.ok(Math.abs(shown.ExportToTime - open.StartTime) < 1000, "the end is now by default");
assert.deepEqual(Object.keys((await read(open.ExportArn)).records).sort(), ["deleted", "inserted", "later", "updated"]);
await put("Cities", "latest");
const end = await wait(20 * minute);
const { ExportDescription: next } = await dynamodb.send(request(TableArn, shown.ExportToTime, end));
assert.deepEqual(Object.keys((await read(next.ExportArn)).records), ["latest"], "what was shown as the end is where the next one begins");

// ---- checks

const invalid = "InvalidExportTimeException";
const short = "Difference between export period from time and export period to time is less than 15 minutes";
const day = new Date(from.getTime() - 24 * 60 * minute);
await refused(request(TableArn, day, end), invalid,
  `Incremental export period from time cannot be less than the table creation time : ${iso(day)}`);
await refused(request(TableArn, new Date(end - 15 * minute + 1000), end), invalid, short);
await refused(request(TableArn, end, from), invalid, short);
await refused(request(TableArn, new Date(end - 14 * minute)), invalid, short);
const tomorrow = new Date(end.getTime() + 24 * 60 * minute);
await refused(request(TableArn, from, tomorrow), invalid,
  `Incremental export period to time cannot be greater than the current time : ${iso(tomorrow)}`);
const later = await wait(25 * 60 * minute);
await refused(request(TableArn, new Date(later - 24 * 60 * minute - 1000), later), invalid,
  "Difference between export period from time and export period to time is greater than 24 hours");
for (const length of [15 * minute, 24 * 60 * minute]) {
  const { ExportDescription } = await dynamodb.send(request(TableArn, new Date(later - length), later));
  assert.deepEqual((await read(ExportDescription.ExportArn)).records, {}, "nothing was written");
}

const validation = "ValidationException";
const full = { ExportType: "FULL_EXPORT" };
await refused(request(TableArn, from, to, { ExportType: undefined }), validation,
  "Invalid Request: Export Type expected to be Incremental Export when incremental export specification is provided");
await refused(request(TableArn, from, to, full), validation,
  "Invalid Request: When Export Type is Full Export , Incremental Export Specification should not be provided");
await refused(new ExportTableToPointInTimeCommand({ TableArn, S3Bucket: Bucket, ExportType: "INCREMENTAL_EXPORT" }), validation,
  "Invalid Request: Incremental Export Specification expected when export type is set as Incremental Export");
await refused(request(TableArn, undefined, to), validation,
  "Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification");
await refused(request(TableArn, from, to, {}, { ExportViewType: "NEW_IMAGES" }), validation,
  "1 validation error detected: Value 'NEW_IMAGES' at 'incrementalExportSpecification.exportViewType' failed to satisfy constraint: "
  + "Member must satisfy enum value set: [NEW_IMAGE, NEW_AND_OLD_IMAGES]");
await refused(request(TableArn.replace("Cities", "Nowhere"), end, from), "TableNotFoundException",
  `Table not found: ${TableArn.replace("Cities", "Nowhere")}`);

// A token is looked at before the period is.
const token = { ClientToken: "one token" };
const period = [new Date(later - 20 * minute), later];
const { ExportDescription: { ExportArn: first } } = await dynamodb.send(request(TableArn, ...period, token));
const { ExportDescription: again } = await dynamodb.send(request(TableArn, ...period, token));
assert.equal(again.ExportArn, first);
for (const other of [request(TableArn, later, later, token), request(TableArn, ...period, token, { ExportViewType: "NEW_IMAGE" }),
  new ExportTableToPointInTimeCommand({ TableArn, S3Bucket: Bucket, ...token })]) {
  await refused(other, "ExportConflictException", "Export conflict: Duplicate request detected with conflicting parameters");
}

// The period is looked at before recovery is, and the window last.
await recovery("Cities", false);
await refused(request(TableArn, end, from), invalid, short);
await refused(request(TableArn, ...period), "PointInTimeRecoveryUnavailableException",
  "Point in time recovery is not enabled for table 'Cities'");
await recovery("Cities", true);
await refused(request(TableArn, ...period), invalid, "Incremental export start time outside PITR window");

// A bucket that is not there fails the export, and the description keeps the period.
const soon = await wait(16 * minute);
const { ExportDescription: { ExportArn: lost } } = await dynamodb.send(
  request(TableArn, new Date(soon - 15 * minute), soon, { S3Bucket: "not-there" }));
const failed = await finished(lost);
assert.deepEqual([failed.ExportStatus, failed.FailureCode, failed.ExportManifest], ["FAILED", "S3NoSuchBucket", undefined]);
assert.equal(failed.IncrementalExportSpecification.ExportViewType, "NEW_AND_OLD_IMAGES");

console.log(`incremental exports: ${listed.length + 7} read: ok`);
