// What every script of this folder takes from its environment: where the server is.
export const settings = { endpoint: process.env.DRAY_ENDPOINT, region: "us-east-1", maxAttempts: 1 };

// A table of one partition and one sort key, and global indexes of the same kind; names of attributes by name of the index.
export function singleTable(TableName, indexes) {
  const schema = ([partition, sort]) => [{ AttributeName: partition, KeyType: "HASH" }, { AttributeName: sort, KeyType: "RANGE" }];
  const keys = [["pk", "sk"], ...Object.values(indexes)];
  return {
    TableName, KeySchema: schema(keys[0]), BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: keys.flat().map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
    GlobalSecondaryIndexes: Object.entries(indexes).map(([IndexName, names]) => (
      { IndexName, KeySchema: schema(names), Projection: { ProjectionType: "ALL" } })),
  };
}
