// Exports in Ion, read with Amazon's ion-js: every item comes back as it was put, to the last digit, and ion-js and the file agree on
// every value when it is written and read again. Then the files are imported again, and so is what ion-js writes of them. Exit code 0
// when all holds.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";

import {
  CreateTableCommand, DescribeExportCommand, DescribeImportCommand, DynamoDBClient, ExportTableToPointInTimeCommand, ImportTableCommand,
  PutItemCommand, ScanCommand, UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import ion from "ion-js";

import { settings } from "./client_settings.mjs";
import { attributesOf } from "./ion_values.mjs";

const s3 = new S3Client({ ...settings, forcePathStyle: true });
const dynamodb = new DynamoDBClient(settings);
const account = process.env.DRAY_ACCOUNT;
const Bucket = "ion-bucket";
const keys = {
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }, { AttributeName: "sk", KeyType: "RANGE" }],
  AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }, { AttributeName: "sk", AttributeType: "N" }],
  BillingMode: "PAY_PER_REQUEST",
};

function items() {
  const digits = "12345678901234567890123456789012345678";
  const numbers = ["0", "1", "-1", "10", "600", "-2000", "1.5", "0.1", "0.000001", "0.0000001", "-0.000000123", digits, `-${digits}`,
    `0.${digits}`, `${digits.slice(0, 19)}.${digits.slice(19)}`, `0.${"0".repeat(129)}1`, `1${"0".repeat(125)}`,
    `${"9".repeat(38)}${"0".repeat(88)}`, "18446744073709551616", "100000000000000000001"];
  let controls = "";
  for (let code = 0; code < 0x80; code++) controls += String.fromCharCode(code);
  const texts = ["", "plain", controls, "zażółć 日本語 🦑", "\u0080\u009f\u00a0\ufeff\u2028", "'''", "{{}}", "$ion_1_0", "// /* */"];
  const names = ["null", "true", "false", "nan", "$ion_1_0", "$7", "$", "_", "a.b", "9lives", "it's", "say \"so\"", "back\\slash",
    "new\nline", "日本", "🦑", "Item", "x".repeat(300)];
  const blobs = [0, 1, 2, 3, 64].map((size) => Uint8Array.from({ length: size }, (_, index) => (index * 37 + 251) % 256));
  const list = (values) => ({ L: values });
  let deep = { SS: ["bottom"] };
  for (let level = 0; level < 15; level++) deep = { L: [{ M: { [level % 2 ? "odd" : "is even"]: deep } }] };
  const all = [
    { numbers: list(numbers.map((N) => ({ N }))), set: { NS: numbers } },
    { texts: list(texts.map((S) => ({ S }))), set: { SS: texts } },
    { blobs: list(blobs.map((B) => ({ B }))), set: { BS: blobs } },
    { yes: { BOOL: true }, no: { BOOL: false }, nothing: { NULL: true }, list: list([]), map: { M: {} } },
    Object.fromEntries(names.map((name, index) => [name, { N: String(index) }])),
    { names: { M: Object.fromEntries(names.map((name) => [name, { S: name }])) } },
    { deep, sets: list([{ SS: ["a"] }, list([{ NS: ["1", "2.5"] }]), { M: { bytes: { BS: [blobs[1], blobs[3]] } } }]) },
  ];
  return all.flatMap((attributes, index) => [{ ...attributes, pk: { S: `item ${index}` }, sk: { N: "1" } },
    { ...attributes, pk: { S: `item ${index}` }, sk: { N: "0.5" } }]);
}

const sorted = (values) => [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
const bytes = (value) => Buffer.from(value).toString("base64");

// What can be compared: plain values, with members of sets and names of maps in one order.
function plain(value) {
  const [[type, content]] = Object.entries(value);
  switch (type) {
    case "B": return { B: bytes(content) };
    case "BS": return { BS: sorted(content.map(bytes)) };
    case "SS": case "NS": return { [type]: sorted(content) };
    case "L": return { L: content.map(plain) };
    case "M": return { M: plainMap(content) };
    default: return value;
  }
}
const plainMap = (map) => Object.fromEntries(sorted(Object.keys(map)).map((name) => [name, plain(map[name])]));
const plainItems = (all) => sorted(all.map((item) => JSON.stringify(plainMap(item))));

const itemOf = (record) => {
  assert.deepEqual(record.fieldNames(), ["Item"]);
  return attributesOf(record.get("Item"));
};

async function textOf(Key) {
  const object = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from(await object.Body.transformToByteArray());
}

async function waitFor(describe) {
  for (;;) {
    const description = await describe();
    if (description.status !== "IN_PROGRESS") return description;
    await sleep(50);
  }
}

async function exported(TableArn) {
  await dynamodb.send(new UpdateContinuousBackupsCommand({
    TableName: TableArn, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }));
  const { ExportDescription: { ExportArn } } = await dynamodb.send(new ExportTableToPointInTimeCommand({
    TableArn, S3Bucket: Bucket, S3Prefix: "p", ExportFormat: "ION" }));
  const done = await waitFor(async () => {
    const { ExportDescription } = await dynamodb.send(new DescribeExportCommand({ ExportArn }));
    return { ...ExportDescription, status: ExportDescription.ExportStatus };
  });
  assert.equal(done.status, "COMPLETED", JSON.stringify(done));
  assert.equal(done.ExportFormat, "ION");
  const summary = JSON.parse(await textOf(done.ExportManifest));
  assert.equal(summary.outputFormat, "ION");
  const files = (await textOf(summary.manifestFilesS3Key)).toString().trimEnd().split("\n").map((line) => JSON.parse(line));
  for (const file of files) assert.match(file.dataFileS3Key, /^p\/AWSDynamoDB\/[^/]+\/data\/[a-z2-7]{26}\.ion\.gz$/);
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: done.ExportManifest.replace(/[^/]*$/, "data/") }));
  assert.deepEqual(sorted(Contents.map((object) => object.Key)), sorted(files.map((file) => file.dataFileS3Key)));
  return { files, prefix: done.ExportManifest.replace(/[^/]*$/, "data/") };
}

async function imported(TableName, S3KeyPrefix, InputCompressionType) {
  const { ImportTableDescription: { ImportArn } } = await dynamodb.send(new ImportTableCommand({
    S3BucketSource: { S3Bucket: Bucket, S3KeyPrefix }, InputFormat: "ION", InputCompressionType,
    TableCreationParameters: { TableName, ...keys } }));
  const done = await waitFor(async () => {
    const { ImportTableDescription } = await dynamodb.send(new DescribeImportCommand({ ImportArn }));
    return { ...ImportTableDescription, status: ImportTableDescription.ImportStatus };
  });
  assert.equal(done.status, "COMPLETED", JSON.stringify(done));
  return (await dynamodb.send(new ScanCommand({ TableName, ConsistentRead: true }))).Items;
}

await s3.send(new CreateBucketCommand({ Bucket }));
await dynamodb.send(new CreateTableCommand({ TableName: "IonSource", ...keys }));
const put = items();
for (const Item of put) await dynamodb.send(new PutItemCommand({ TableName: "IonSource", Item }));
const expected = plainItems(put);
const { files, prefix } = await exported(`arn:aws:dynamodb:us-east-1:${account}:table/IonSource`);

const read = [];
for (const file of files) {
  const text = gunzipSync(await textOf(file.dataFileS3Key)).toString();
  const records = ion.loadAll(text);
  assert.equal(records.length, file.itemCount);
  assert.equal(text.split("\n").length - 1, file.itemCount);
  for (const line of text.split("\n").slice(0, -1)) assert.match(line, /^\$ion_1_0 \{Item:\{pk:"[^"]*",sk:[0-9.]+,[^\n]*\}\}$/);
  // Every value as ion-js writes it, binary and text, is the value that it read.
  for (const again of [ion.dumpBinary(...records), ion.dumpText(...records), ion.dumpPrettyText(...records)]) {
    const back = ion.loadAll(again);
    assert.ok(records.every((record, index) => record.equals(back[index])));
  }
  const name = file.dataFileS3Key.split("/").pop();
  for (const [folder, Body] of [["text", ion.dumpText(...records)], ["pretty", ion.dumpPrettyText(...records)]]) {
    await s3.send(new PutObjectCommand({ Bucket, Key: `${folder}/${name}`, Body }));
  }
  read.push(...records.map(itemOf));
}
assert.deepEqual(plainItems(read), expected);
assert.deepEqual(plainItems(await imported("IonCopy", prefix, "GZIP")), expected);
assert.deepEqual(plainItems(await imported("IonText", "text/", "NONE")), expected);
assert.deepEqual(plainItems(await imported("IonPretty", "pretty/", "NONE")), expected);
console.log("ion_export: ok");
