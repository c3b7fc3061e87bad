// What ion-js reads, as attribute values of DynamoDB: by Ion's types and annotations alone.
import assert from "node:assert/strict";

import ion from "ion-js";

// A decimal of ion-js in DynamoDB's notation; it keeps coefficient and exponent as they stand in the text.
function numberOf(decimal) {
  const sign = decimal.isNegative() && decimal.getCoefficient() !== 0n ? "-" : "";
  let digits = String(decimal.getCoefficient()).replace("-", "");
  const exponent = decimal.getExponent();
  if (exponent >= 0) return sign + (digits === "0" ? "0" : digits + "0".repeat(exponent));
  digits = digits.padStart(1 - exponent, "0");
  return `${sign}${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
}

// Attribute values of what ion-js read, by Ion's types alone.
function attributeOf(value) {
  const annotations = value.getAnnotations();
  if (annotations.length > 0) {
    const [, type] = annotations[0].match(/^\$dynamodb_(SS|NS|BS)$/);
    assert.equal(annotations.length, 1);
    assert.equal(value.getType(), ion.IonTypes.LIST);
    return { [type]: value.elements().map((member) => attributeOf(member)[type[0]]) };
  }
  switch (value.getType()) {
    case ion.IonTypes.STRING: return { S: value.stringValue() };
    case ion.IonTypes.DECIMAL: return { N: numberOf(value.decimalValue()) };
    case ion.IonTypes.BLOB: return { B: value.uInt8ArrayValue() };
    case ion.IonTypes.BOOL: return { BOOL: value.booleanValue() };
    case ion.IonTypes.NULL: return { NULL: true };
    case ion.IonTypes.LIST: return { L: value.elements().map(attributeOf) };
    case ion.IonTypes.STRUCT: return { M: attributesOf(value) };
    default: return assert.fail(`an Ion ${value.getType().name} in an export`);
  }
}
export const attributesOf = (struct) => Object.fromEntries(struct.fields().map(([name, value]) => [name, attributeOf(value)]));
