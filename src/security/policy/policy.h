// SPDX-License-Identifier: Apache-2.0
// AWS policies as a pure library: documents and a request in, a decision with its explanation out.
// No I/O, no clock, no globals. Source of the rules: docs/decisions/0008 and the facts it names.
// A compiled Document is immutable and can be shared between threads.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dray::policy {

// What a policy may contain depends on where it hangs.
enum class DocumentKind {
  kIdentity,
  kResource,
  kSession,
  kBoundary,
  kTrust,
  kServiceControl,
  kResourceControl
};

struct Statement;  // document.h

class Document {
 public:
  // kInvalidArgument with S3's message texts ("Missing required field Effect", ...) for resource
  // policies; checks the whole grammar. `size_bytes_max` 0 = no limit.
  static base::Result<std::shared_ptr<const Document>> Parse(std::string_view json,
                                                             DocumentKind kind,
                                                             size_t size_bytes_max = 0);
  virtual ~Document() = default;
  virtual const std::vector<Statement>& statements() const = 0;
  virtual DocumentKind kind() const = 0;
  // Version is 2012-10-17: "${...}" is a variable. In older policies it is plain text.
  virtual bool has_variables() const = 0;
  // Some condition or variable names a key that is about what the request asks for (IsRequestKey in
  // global_keys.h); for all other documents nobody needs to find that out.
  virtual bool looks_at_request() const = 0;
  // The first statement that S3's Block Public Access calls public, for resource policies; nullopt
  // when nobody but chosen callers is let in.
  virtual std::optional<size_t> public_statement() const = 0;
};
using DocumentRef = std::shared_ptr<const Document>;

// Further checks of PutBucketPolicy: resources of this bucket only, every action has a resource of
// its kind, known S3 actions, condition keys that fit. kInvalidArgument, S3's texts.
base::Status ValidateBucketPolicy(const Document& document, std::string_view bucket);

// PutResourcePolicy of a table: grammar, size, actions that a table's policy can allow, nobody let
// in without limit. The policy in DynamoDB's form, which means the same and stays the same when it
// is put again. kInvalidArgument, DynamoDB's texts.
base::Result<std::string> CheckTablePolicy(std::string_view json);

// Who asks.
struct Principal {
  enum class Type { kAnonymous, kRoot, kUser, kAssumedRole, kFederatedUser, kService };
  Type type = Type::kAnonymous;
  std::string account;       // 12 digits, or "anonymous"
  std::string arn;           // root: arn:aws:iam::N:root; session: arn:aws:sts::N:assumed-role/R/S
  std::string role_arn;      // kAssumedRole: arn:aws:iam::N:role/path/R
  std::string service;       // kService: dynamodb.amazonaws.com
  std::string canonical_id;  // of the account, or empty
  std::string user_id;       // aws:userid: a root user's is its account; empty when unknown
};

// Condition keys of the request. Names are matched without case; a key that is absent differs from
// one that is empty. Multivalued keys (aws:CalledVia) are those set by SetMany.
class Context {
 public:
  void Set(std::string_view key, std::string_view value);
  void SetMany(std::string_view key, std::vector<std::string> values);
  void SetAll(const Context& other);  // what it has replaces what is here
  struct Values {
    std::vector<std::string> values;
    bool is_multivalued = false;
  };
  const Values* Find(std::string_view key) const;
  const Values* FindLower(std::string_view lower_case_key) const;
  void Erase(std::string_view key);
  const std::map<std::string, Values, std::less<>>& all() const { return values_; }
  // What is behind a policy variable: nullptr when absent or multivalued.
  const std::string* FindSingleLower(std::string_view lower_case_key) const;

 private:
  std::map<std::string, Values, std::less<>> values_;  // lower-case names
};

struct Request {
  Principal principal;
  std::string action;            // s3:PutObject
  std::string resource;          // ARN
  std::string resource_account;  // owner of the resource
  Context context;
};

// Everything that is applied to a request. Vectors may be empty; a null `resource` is none.
struct PolicySet {
  std::vector<DocumentRef> identity;
  DocumentRef resource;
  std::vector<DocumentRef> boundaries;                    // each must allow
  std::vector<DocumentRef> session;                       // when not empty, one of them must allow
  std::vector<std::vector<DocumentRef>> service_control;  // one list a level; each level must allow
  // As RCPFullAWSAccess cannot be detached, only the Deny statements of these count.
  std::vector<std::vector<DocumentRef>> resource_control;
  // S3's RestrictPublicBuckets: a bucket policy with any public statement lets in nobody but the
  // bucket's own account and services.
  bool blocks_public_access = false;
  // The account of an S3 object that does not belong to its bucket's account: that account decides,
  // and the bucket's policy can only deny. Empty: it belongs to the bucket's.
  std::string object_owner;
  // An ACL of S3 grants the action to the caller's account, or to an anonymous caller: as an Allow
  // of the resource policy that names the account. ACLs never deny.
  bool acl_allows = false;
};

// Why one statement did or did not apply: one sentence each, in order of checking.
struct StatementTrace {
  std::string policy;  // "identity policy 1", "bucket policy"
  size_t index = 0;
  std::string sid;
  bool is_deny = false;
  bool applies = false;
  std::string mismatch;  // "principal", "action", "resource" or "condition"; empty when it applies
  std::string sentence;  // "its Condition ForAnyValue:StringEquals aws:CalledVia wants ..., the
                         // request has no such key"
};

struct Decision {
  enum class Result {
    kAllowed,
    kImplicitlyDenied,
    kExplicitlyDenied
  } result = Result::kImplicitlyDenied;
  bool is_allowed() const { return result == Result::kAllowed; }
  // The side that is missing or denies: "identity", "resource", "boundary", "session",
  // "service_control", "resource_control" or "public_access_block"; empty when allowed. Where both
  // the identity and the resource side are missing it is "identity", and the explanation names
  // both.
  std::string deciding_side;
  std::string explanation;  // one paragraph for people
  std::vector<StatementTrace> trace;
};

// Root users need no identity policy; across accounts they need the resource policy alone. The
// root user of a bucket's or table's account may read, replace and delete its policy whatever that
// says.
// `with_trace` false skips the explanation of allowed requests (hot path).
Decision Evaluate(const Request& request, const PolicySet& policies, bool with_trace = true);

}  // namespace dray::policy
