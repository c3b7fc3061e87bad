// SPDX-License-Identifier: Apache-2.0
#include "storage/table/catalog_record.h"

#include "base/big_endian.h"
#include "base/varint.h"
#include "storage/table/key_encoding.h"

namespace dray::table {
namespace {

// Version 1 knew neither indexes nor expiry. A table record with a resource policy has a version of
// its own.
constexpr char kFirstVersion = 1;
constexpr char kVersion = 2;
constexpr char kVersionWithPolicy = 3;
constexpr char kPositionVersion = 1;

void PutString(std::string_view text, std::string& out) {
  base::AppendVarint(text.size(), out);
  out.append(text);
}
void PutSigned(int64_t value, std::string& out) { base::AppendVarint(base::ZigZag(value), out); }
void PutElements(const std::vector<item::KeyElement>& elements, std::string& out) {
  base::AppendVarint(elements.size(), out);
  for (const item::KeyElement& element : elements) {
    PutString(element.name, out);
    out.push_back(static_cast<char>(element.type));
  }
}

void PutStrings(const std::vector<std::string>& texts, std::string& out) {
  base::AppendVarint(texts.size(), out);
  for (const std::string& text : texts) PutString(text, out);
}
void PutThroughput(const Throughput& provisioned, std::string& out) {
  PutSigned(provisioned.read_units, out);
  PutSigned(provisioned.write_units, out);
}
void PutIndex(const IndexDescriptor& index, std::string& out) {
  PutString(index.name, out);
  out.push_back(static_cast<char>(index.kind));
  base::AppendVarint(index.number, out);
  PutElements(index.key_schema.hash, out);
  PutElements(index.key_schema.range, out);
  out.push_back(static_cast<char>(index.projection.type));
  PutStrings(index.projection.non_key_attributes, out);
  out.push_back(static_cast<char>(index.status));
  out.push_back(index.is_backfilling ? 1 : 0);
  PutThroughput(index.provisioned, out);
  PutString(index.pass_through_json, out);
}

// Takes fields off the front; after a failure every further one is empty and `is_good` false.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : rest_(bytes) {}
  bool is_done() const { return is_good_ && rest_.empty(); }

  uint64_t Varint() {
    uint64_t value = 0;
    if (is_good_ && !base::TakeVarint(rest_, value)) Fail();
    return is_good_ ? value : 0;
  }
  int64_t Signed() { return base::UnZigZag(Varint()); }
  std::string_view String() {
    uint64_t size = Varint();
    if (size > rest_.size()) Fail();
    if (!is_good_) return {};
    std::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return text;
  }
  uint8_t Byte(uint8_t largest) {
    if (rest_.empty() || static_cast<uint8_t>(rest_[0]) > largest) Fail();
    if (!is_good_) return 0;
    auto value = static_cast<uint8_t>(rest_[0]);
    rest_.remove_prefix(1);
    return value;
  }
  // How many elements follow; each takes at least one byte.
  size_t Count() {
    uint64_t count = Varint();
    if (count > rest_.size()) Fail();
    return is_good_ ? count : 0;
  }
  std::vector<item::KeyElement> Elements() {
    std::vector<item::KeyElement> elements(Count());
    for (item::KeyElement& element : elements) {
      element.name = String();
      element.type = static_cast<item::Type>(Byte(static_cast<uint8_t>(item::Type::kBinarySet)));
    }
    return elements;
  }
  Throughput Units() {
    Throughput provisioned;
    provisioned.read_units = Signed();
    provisioned.write_units = Signed();
    return provisioned;
  }
  IndexDescriptor Index() {
    IndexDescriptor index;
    index.name = String();
    index.kind = static_cast<IndexKind>(Byte(static_cast<uint8_t>(IndexKind::kGlobal)));
    index.number = Varint();
    index.key_schema.hash = Elements();
    index.key_schema.range = Elements();
    index.projection.type =
        static_cast<Projection::Type>(Byte(static_cast<uint8_t>(Projection::Type::kInclude)));
    index.projection.non_key_attributes.resize(Count());
    for (std::string& name : index.projection.non_key_attributes) name = String();
    index.status = static_cast<IndexStatus>(Byte(static_cast<uint8_t>(IndexStatus::kDeleting)));
    index.is_backfilling = Byte(1) != 0;
    index.provisioned = Units();
    index.pass_through_json = String();
    return index;
  }

 private:
  void Fail() {
    is_good_ = false;
    rest_ = {};
  }
  std::string_view rest_;
  bool is_good_ = true;
};

base::Error Damaged() {
  return {base::ErrorKind::kCorruption, "A record of the table catalog is damaged", {}};
}

std::string CatalogKey(char kind) { return {kCatalogFamily, kind}; }

// The version of a record, or 0 when it is none that we know.
char VersionOf(std::string_view bytes, char last_version) {
  const bool is_known = !bytes.empty() && bytes[0] >= kFirstVersion && bytes[0] <= last_version;
  return is_known ? bytes[0] : '\0';
}

}  // namespace

std::vector<uint64_t> IndexNumbersOf(const TableRecord& record) {
  std::vector<uint64_t> numbers = record.dropped_numbers;
  for (const IndexDescriptor& index : record.descriptor.indexes) numbers.push_back(index.number);
  if (record.descriptor.time_to_live.is_enabled) {
    numbers.push_back(record.descriptor.time_to_live.number);
  }
  return numbers;
}

std::string LastNumberKey() { return CatalogKey('c'); }
std::string TableRecordPrefix() { return CatalogKey('d'); }
std::string TableRecordKey(uint64_t number) {
  std::string key = TableRecordPrefix();
  base::AppendBigEndian64(number, key);
  return key;
}
std::string NameKey(std::string_view account, std::string_view name) {
  std::string key = CatalogKey('n');
  key.append(account).push_back('\0');
  return key.append(name);
}
std::string VersionPrefix(uint64_t number) {
  std::string key = CatalogKey('v');
  base::AppendBigEndian64(number, key);
  return key;
}
std::string VersionKey(uint64_t number, int64_t time_micros) {
  std::string key = VersionPrefix(number);
  base::AppendBigEndian64(static_cast<uint64_t>(time_micros), key);
  return key;
}

std::string BuildPositionKey(uint64_t index_number) {
  std::string key = CatalogKey('b');
  base::AppendBigEndian64(index_number, key);
  return key;
}

std::string EncodeBuildPosition(std::string_view tail) {
  std::string out(1, kPositionVersion);
  return out.append(tail);
}
base::Result<std::string> DecodeBuildPosition(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kPositionVersion || !IsValidTail(bytes.substr(1))) {
    return Damaged();
  }
  return std::string(bytes.substr(1));
}

std::string EncodeDescriptor(const TableDescriptor& descriptor) {
  std::string out(1, kVersion);
  PutString(descriptor.account, out);
  PutString(descriptor.name, out);
  base::AppendVarint(descriptor.number, out);
  PutString(descriptor.table_id, out);
  out.push_back(static_cast<char>(descriptor.status));
  PutSigned(descriptor.created_at_micros, out);
  PutElements(descriptor.key_schema.hash, out);
  PutElements(descriptor.key_schema.range, out);
  PutElements(descriptor.attribute_definitions, out);
  out.push_back(static_cast<char>(descriptor.billing_mode));
  PutThroughput(descriptor.provisioned, out);
  out.push_back(descriptor.recovery.is_enabled ? 1 : 0);
  PutSigned(descriptor.recovery.period_days, out);
  PutSigned(descriptor.recovery.enabled_at_micros, out);
  out.push_back(descriptor.is_deletion_protected ? 1 : 0);
  PutString(descriptor.table_class, out);
  base::AppendVarint(descriptor.tags.size(), out);
  for (const auto& [key, value] : descriptor.tags) {
    PutString(key, out);
    PutString(value, out);
  }
  PutString(descriptor.pass_through_json, out);
  base::AppendVarint(descriptor.indexes.size(), out);
  for (const IndexDescriptor& index : descriptor.indexes) PutIndex(index, out);
  const TimeToLive& time_to_live = descriptor.time_to_live;
  out.push_back(time_to_live.is_enabled ? 1 : 0);
  PutString(time_to_live.attribute, out);
  base::AppendVarint(time_to_live.number, out);
  out.push_back(time_to_live.is_backfilling ? 1 : 0);
  return out;
}

base::Result<TableDescriptor> DecodeDescriptor(std::string_view bytes) {
  const char version = VersionOf(bytes, kVersion);
  if (version == 0) return Damaged();
  FieldReader reader(bytes.substr(1));
  TableDescriptor descriptor;
  descriptor.account = reader.String();
  descriptor.name = reader.String();
  descriptor.number = reader.Varint();
  descriptor.table_id = reader.String();
  descriptor.status =
      static_cast<TableStatus>(reader.Byte(static_cast<uint8_t>(TableStatus::kDeleting)));
  descriptor.created_at_micros = reader.Signed();
  descriptor.key_schema.hash = reader.Elements();
  descriptor.key_schema.range = reader.Elements();
  descriptor.attribute_definitions = reader.Elements();
  descriptor.billing_mode =
      static_cast<BillingMode>(reader.Byte(static_cast<uint8_t>(BillingMode::kPayPerRequest)));
  descriptor.provisioned = reader.Units();
  descriptor.recovery.is_enabled = reader.Byte(1) != 0;
  descriptor.recovery.period_days = reader.Signed();
  descriptor.recovery.enabled_at_micros = reader.Signed();
  descriptor.is_deletion_protected = reader.Byte(1) != 0;
  descriptor.table_class = reader.String();
  descriptor.tags.resize(reader.Count());
  for (auto& [key, value] : descriptor.tags) {
    key = reader.String();
    value = reader.String();
  }
  descriptor.pass_through_json = reader.String();
  if (version > kFirstVersion) {
    descriptor.indexes.resize(reader.Count());
    for (IndexDescriptor& index : descriptor.indexes) index = reader.Index();
    descriptor.time_to_live.is_enabled = reader.Byte(1) != 0;
    descriptor.time_to_live.attribute = reader.String();
    descriptor.time_to_live.number = reader.Varint();
    descriptor.time_to_live.is_backfilling = reader.Byte(1) != 0;
  }
  if (!reader.is_done()) return Damaged();
  return descriptor;
}

std::string EncodeTableRecord(const TableRecord& record) {
  const ResourcePolicy* policy = record.descriptor.resource_policy.get();
  std::string out(1, policy != nullptr ? kVersionWithPolicy : kVersion);
  PutString(EncodeDescriptor(record.descriptor), out);
  base::AppendVarint(record.partitions.size(), out);
  for (const Partition& partition : record.partitions) {
    base::AppendVarint(partition.id, out);
    base::AppendVarint(partition.hashes.first, out);
    base::AppendVarint(partition.hashes.last, out);
  }
  out.push_back(static_cast<char>(record.log_state));
  PutSigned(record.log_since_micros, out);
  PutSigned(record.deleted_at_micros, out);
  base::AppendVarint(record.dropped_numbers.size(), out);
  for (uint64_t number : record.dropped_numbers) base::AppendVarint(number, out);
  if (policy != nullptr) {
    PutSigned(policy->revision, out);
    PutString(policy->json, out);
  }
  return out;
}

base::Result<TableRecord> DecodeTableRecord(std::string_view bytes) {
  const char version = VersionOf(bytes, kVersionWithPolicy);
  if (version == 0) return Damaged();
  FieldReader reader(bytes.substr(1));
  TableRecord record;
  ASSIGN_OR_RETURN(record.descriptor, DecodeDescriptor(reader.String()));
  record.partitions.resize(reader.Count());
  for (Partition& partition : record.partitions) {
    partition.id = reader.Varint();
    partition.hashes.first = reader.Varint();
    partition.hashes.last = reader.Varint();
  }
  record.log_state = static_cast<LogState>(reader.Byte(static_cast<uint8_t>(LogState::kClearing)));
  record.log_since_micros = reader.Signed();
  record.deleted_at_micros = reader.Signed();
  if (version > kFirstVersion) {
    record.dropped_numbers.resize(reader.Count());
    for (uint64_t& number : record.dropped_numbers) number = reader.Varint();
  }
  if (version == kVersionWithPolicy) {
    ResourcePolicy policy;
    policy.revision = reader.Signed();
    policy.json = reader.String();
    if (policy.revision == 0 || policy.json.empty()) return Damaged();
    record.descriptor.resource_policy = std::make_shared<const ResourcePolicy>(std::move(policy));
  }
  if (!reader.is_done() || record.partitions.empty()) return Damaged();
  return record;
}

}  // namespace dray::table
