// An export in DynamoDB JSON, read with DuckDB by SQL over its gzip files as they lie in a folder: every item comes back as it was put, to
// the last digit, and questions asked of the files have the answers of the table. Exit code 0 when all holds.
import assert from "node:assert/strict";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import {
  BatchWriteItemCommand, CreateTableCommand, DescribeExportCommand, DynamoDBClient, ExportTableToPointInTimeCommand,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { DuckDBInstance } from "@duckdb/node-api";

import { settings } from "./client_settings.mjs";

const s3 = new S3Client({ ...settings, forcePathStyle: true });
const dynamodb = new DynamoDBClient(settings);
const account = process.env.DRAY_ACCOUNT;
const [Bucket, TableName] = ["duck-bucket", "Orders"];
const TableArn = `arn:aws:dynamodb:us-east-1:${account}:table/${TableName}`;

// Orders of a few customers, with values of every type that a reader could get wrong.
function orders() {
  const digits = "12345678901234567890123456789012345678";
  const texts = ["", "plain", "two\nlines\tand a tab", "\u0000\u0001\u001f\u007f", "zażółć 日本語 🦑", "quote \" backslash \\ slash /", "'",
    "\u2028"];
  return Array.from({ length: 300 }, (_, index) => ({
    customer: { S: `customer ${index % 7}` }, order: { N: String(index) }, total: { N: `${index}.25` },
    text: { S: texts[index % texts.length] }, exact: { N: index % 2 ? digits : `0.${"0".repeat(129)}1` },
    open: { BOOL: index % 3 === 0 }, nothing: { NULL: true }, bytes: { B: Uint8Array.from([index % 256, 251, 255]) },
    tags: { SS: ["a", `b${index}`] }, counts: { NS: ["1", "2.5", `-${index + 1}`] },
    lines: { L: [{ M: { "a.b": { N: "1" }, "it's": { S: "x" } } }, { L: [] }, { M: {} }] },
  }));
}

const sorted = (values) => [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));

// An attribute value as the text of an export has it, members of sets and maps in one order.
function plain(value) {
  const [[type, content]] = Object.entries(value);
  switch (type) {
    case "B": return { B: typeof content === "string" ? content : Buffer.from(content).toString("base64") };
    case "SS": case "NS": case "BS": return { [type]: sorted(content) };
    case "L": return { L: content.map(plain) };
    case "M": return { M: plainMap(content) };
    default: return value;
  }
}
const plainMap = (map) => Object.fromEntries(sorted(Object.keys(map)).map((name) => [name, plain(map[name])]));
const plainItems = (items) => sorted(items.map((item) => JSON.stringify(plainMap(item))));

async function exportAll() {
  await dynamodb.send(new UpdateContinuousBackupsCommand({
    TableName, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }));
  const { ExportDescription: { ExportArn } } = await dynamodb.send(new ExportTableToPointInTimeCommand({
    TableArn, S3Bucket: Bucket, S3Prefix: "warehouse" }));
  for (;;) {
    const { ExportDescription } = await dynamodb.send(new DescribeExportCommand({ ExportArn }));
    if (ExportDescription.ExportStatus !== "IN_PROGRESS") {
      assert.equal(ExportDescription.ExportStatus, "COMPLETED", JSON.stringify(ExportDescription));
      return ExportDescription;
    }
    await sleep(50);
  }
}

async function download(folder) {
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "warehouse/" }));
  for (const { Key } of Contents) {
    const object = await s3.send(new GetObjectCommand({ Bucket, Key }));
    await mkdir(dirname(join(folder, Key)), { recursive: true });
    await writeFile(join(folder, Key), await object.Body.transformToByteArray());
  }
}

await s3.send(new CreateBucketCommand({ Bucket }));
await dynamodb.send(new CreateTableCommand({
  TableName, BillingMode: "PAY_PER_REQUEST",
  KeySchema: [{ AttributeName: "customer", KeyType: "HASH" }, { AttributeName: "order", KeyType: "RANGE" }],
  AttributeDefinitions: [{ AttributeName: "customer", AttributeType: "S" }, { AttributeName: "order", AttributeType: "N" }] }));
const put = orders();
for (let at = 0; at < put.length; at += 25) {
  const requests = put.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }));
  await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
}
const done = await exportAll();

const folder = await mkdtemp(join(tmpdir(), "dray-duckdb-"));
const duckdb = await DuckDBInstance.create(":memory:");
const connection = await duckdb.connect();
try {
  await download(folder);
  const root = join(folder, done.ExportManifest, "..").replaceAll("'", "''");
  const ask = async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson();

  // The manifests are JSON to it, and say what the files hold.
  const [summary] = await ask(`SELECT * FROM read_json('${root}/manifest-summary.json')`);
  assert.equal(summary.exportArn, done.ExportArn);
  assert.equal(Number(summary.itemCount), put.length);
  const files = await ask(`SELECT * FROM read_json('${root}/manifest-files.json', format = 'newline_delimited')`);
  assert.equal(files.reduce((sum, file) => sum + Number(file.itemCount), 0), put.length);
  assert.ok(files.length >= 4);

  // Without a word on their types: DuckDB finds names and types by itself, all in one pass over files of which some may be empty.
  await connection.run(`CREATE VIEW found AS SELECT * FROM read_json_auto('${root}/data/*.json.gz', maximum_object_size = 1000000)`);
  assert.deepEqual(await ask(`SELECT count(*)::INT AS items, count(DISTINCT Item."order".N)::INT AS orders,
      sum(Item.total.N::DECIMAL(18, 2))::VARCHAR AS total, count(*) FILTER (Item.open.BOOL)::INT AS open FROM found`),
    [{ items: 300, orders: 300, total: "44925.00", open: 100 }]);
  assert.deepEqual(await ask(`SELECT Item.customer.S AS customer, count(*)::INT AS items FROM found
      GROUP BY ALL ORDER BY customer LIMIT 2`),
    [{ customer: "customer 0", items: 43 }, { customer: "customer 1", items: 43 }]);

  // Whole items as JSON, to the last digit and character.
  const rows = await ask(`SELECT filename, Item FROM read_json('${root}/data/*.json.gz', format = 'newline_delimited',
      columns = {Item: 'JSON'}, filename = true)`);
  assert.deepEqual(plainItems(rows.map((row) => JSON.parse(row.Item))), plainItems(put));
  for (const file of files) {
    const name = file.dataFileS3Key.split("/").pop();
    assert.equal(rows.filter((row) => row.filename.endsWith(name)).length, Number(file.itemCount), name);
  }
} finally {
  connection.closeSync();
  await rm(folder, { recursive: true });
}
console.log("duckdb_export: ok");
