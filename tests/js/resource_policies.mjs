// Resource policies of tables through the operations of the AWS SDK: put, read, revisions, CreateTable's own, and what they let another
// account do. Exit code 0 when all holds.
import assert from "node:assert/strict";

import {
  CreateTableCommand, DeleteResourcePolicyCommand, DeleteTableCommand, DescribeTableCommand, DynamoDBClient, GetItemCommand,
  GetResourcePolicyCommand, PolicyNotFoundException, PutItemCommand, PutResourcePolicyCommand, QueryCommand, ResourceNotFoundException,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";

import { settings, singleTable } from "./client_settings.mjs";

const [account, other] = [process.env.DRAY_ACCOUNT, process.env.DRAY_OTHER_ACCOUNT];
const owner = new DynamoDBClient(settings);
const guest = new DynamoDBClient({ ...settings, credentials: {
  accessKeyId: process.env.DRAY_OTHER_ACCESS_KEY_ID, secretAccessKey: process.env.DRAY_OTHER_SECRET_ACCESS_KEY } });
const TableName = "Shared";
const ResourceArn = `arn:aws:dynamodb:us-east-1:${account}:table/${TableName}`;
const policy = (...Statement) => JSON.stringify({ Version: "2012-10-17", Statement }, null, 2);
const allow = (Action, Resource = ResourceArn, more = {}) => ({ Effect: "Allow", Principal: { AWS: other }, Action, Resource, ...more });
const put = (Policy, more = {}) => owner.send(new PutResourcePolicyCommand({ ResourceArn, Policy, ...more }));
const get = (client = owner) => client.send(new GetResourcePolicyCommand({ ResourceArn }));
const read = (pk = "a") => guest.send(new GetItemCommand({ TableName: ResourceArn, Key: { pk: { S: pk }, sk: { S: "1" } } }));

async function fails(promise, name, text = "") {
  const error = await promise.then(() => assert.fail(`no ${name}`), (caught) => caught);
  assert.equal(error.name, name, error.message);
  assert.ok(error.message.includes(text), error.message);
  return error;
}

async function revisions() {
  const none = await fails(get(), "PolicyNotFoundException", `for the provided ResourceArn: ${ResourceArn}`);
  assert.ok(none instanceof PolicyNotFoundException);
  assert.equal((await owner.send(new DeleteResourcePolicyCommand({ ResourceArn }))).RevisionId, undefined);
  const first = (await put(policy(allow("dynamodb:GetItem")), { ExpectedRevisionId: "NO_POLICY" })).RevisionId;
  const { Policy, RevisionId } = await get();
  assert.equal(RevisionId, first);
  assert.equal(Policy, JSON.stringify({ Version: "2012-10-17", Statement: [{
    Effect: "Allow", Principal: { AWS: `arn:aws:iam::${other}:root` }, Action: "dynamodb:GetItem", Resource: ResourceArn }] }));
  assert.equal((await put(Policy)).RevisionId, first);
  const second = (await put(policy(allow(["dynamodb:GetItem", "dynamodb:Query"])), { ExpectedRevisionId: first })).RevisionId;
  assert.ok(second > first);
  await fails(put(Policy, { ExpectedRevisionId: first }), "PolicyNotFoundException", `has revision id ${second}.`);
  await fails(put(Policy, { ExpectedRevisionId: "NO_POLICY" }), "PolicyNotFoundException", "expecting none to be present");
  await fails(put("{"), "ValidationException", "This policy contains invalid Json");
  await fails(put(policy({ ...allow("dynamodb:GetItem"), Principal: "*" })), "ValidationException", "grants unbounded access");
  await fails(put(policy(allow("dynamodb:ListTables"))), "ValidationException", 'invalid: "dynamodb:ListTables"');
  await fails(put(" ".repeat(20481)), "ValidationException", "Maximum policy size of 20480 bytes exceeded");
  assert.equal((await get()).RevisionId, second);
}

async function access() {
  await owner.send(new PutItemCommand({ TableName, Item: { pk: { S: "a" }, sk: { S: "1" }, of: { S: "owner" } } }));
  assert.deepEqual((await read()).Item.of, { S: "owner" });
  await fails(guest.send(new PutItemCommand({ TableName: ResourceArn, Item: { pk: { S: "a" }, sk: { S: "1" } } })), "AccessDeniedException",
    "because no resource-based policy allows the dynamodb:PutItem action");
  const query = { TableName: ResourceArn, IndexName: "gsi1", KeyConditionExpression: "gsi1pk = :p",
    ExpressionAttributeValues: { ":p": { S: "x" } } };
  await fails(guest.send(new QueryCommand(query)), "AccessDeniedException", `${ResourceArn}/index/gsi1 because`);
  await put(policy(allow("dynamodb:Query", `${ResourceArn}/index/*`), allow("dynamodb:GetItem", ResourceArn, {
    Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["b"] } } })));
  assert.equal((await guest.send(new QueryCommand(query))).Count, 0);
  await fails(read("a"), "AccessDeniedException");
  assert.equal((await read("b")).Item, undefined);
  // Only the owner may do these, whatever the policy says.
  await put(policy(allow("dynamodb:*", "*")));
  await guest.send(new DescribeTableCommand({ TableName: ResourceArn }));
  for (const command of [
    new GetResourcePolicyCommand({ ResourceArn }), new DeleteResourcePolicyCommand({ ResourceArn }),
    new PutResourcePolicyCommand({ ResourceArn, Policy: policy(allow("dynamodb:*")) }),
    new UpdateTimeToLiveCommand({ TableName: ResourceArn, TimeToLiveSpecification: { Enabled: true, AttributeName: "ttl" } }),
  ]) await fails(guest.send(command), "ValidationException", "match the resource owner’s account.");
  await owner.send(new DeleteResourcePolicyCommand({ ResourceArn, ExpectedRevisionId: (await get()).RevisionId }));
  await fails(read(), "AccessDeniedException", "because no resource-based policy allows the dynamodb:GetItem action");
}

async function createdWithOne() {
  await owner.send(new DeleteTableCommand({ TableName }));
  assert.ok(await fails(get(), "ResourceNotFoundException", "Table: Shared not found") instanceof ResourceNotFoundException);
  await owner.send(new CreateTableCommand({ ...singleTable(TableName, {}), GlobalSecondaryIndexes: undefined,
    ResourcePolicy: policy(allow("dynamodb:GetItem")) }));
  assert.equal((await read()).Item, undefined);
  assert.equal(JSON.parse((await get()).Policy).Statement.length, 1);
}

await owner.send(new CreateTableCommand(singleTable(TableName, { gsi1: ["gsi1pk", "gsi1sk"] })));
await revisions();
await access();
await createdWithOne();
console.log(`resource policies on Node ${process.version}: ok`);
