// SPDX-License-Identifier: Apache-2.0
// The whole protocol over an embedded store, without HTTP and signatures: requests in, responses
// out. Stock clients drive the same through the server in tests/api/test_s3.py.
#include <gmock/gmock.h>

#include <map>

#include "api/s3/error_mapping.h"
#include "api/s3/operation_table.h"
#include "api/s3/s3.h"
#include "base/text_encoding.h"
#include "format/xml/xml.h"
#include "hash/hash.h"
#include "storage/kv/memory/memory_engine.h"
#include "storage/objects/local_disk/local_disk.h"
#include "testing/faulty_file_system.h"

namespace dray::s3 {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct Response : http::ResponseWriter {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  base::Status Start(int code, const HeaderList& list, std::optional<uint64_t> length) override {
    EXPECT_EQ(status, 0) << "started twice";
    status = code;
    for (const auto& [name, value] : list) headers[base::ToLower(name)] = value;
    if (length) headers["content-length"] = std::to_string(*length);
    return base::Ok();
  }
  base::Status Write(std::string_view bytes) override {
    body.append(bytes);
    return base::Ok();
  }
  base::Status Finish() override { return base::Ok(); }
  base::Status Send(int code, const HeaderList& list, std::string_view bytes) override {
    RETURN_IF_ERROR(Start(code, list, bytes.size()));
    return Write(bytes);
  }
  bool is_started() const override { return status != 0; }

  // The first element of that name, anywhere.
  std::string Xml(std::string_view name) const {
    auto root = xml::Parse(body);
    return root ? Search(*root, name).value_or("") : "not XML: " + body;
  }
  static std::optional<std::string> Search(const xml::Element& element, std::string_view name) {
    if (element.name == name) return element.text;
    for (const auto& child : element.children) {
      if (auto found = Search(child, name)) return found;
    }
    return std::nullopt;
  }
};

struct Body : sigv4::VerifiedBody {
  base::StringSource bytes;
  HeaderList trailer_headers;
  explicit Body(std::string_view text) : bytes(text) {}
  base::Result<size_t> Read(char* out, size_t capacity) override {
    return bytes.Read(out, capacity);
  }
  const HeaderList& trailers() const override { return trailer_headers; }
};

access::Caller Root(const std::string& account) {
  access::Caller caller;
  caller.principal.type = policy::Principal::Type::kRoot;
  caller.principal.account = account;
  caller.principal.arn = "arn:aws:iam::" + account + ":root";
  caller.principal.canonical_id = *access::CanonicalIdOf(nullptr, account);
  return caller;
}

class S3Test : public ::testing::Test {
 protected:
  S3Test() {
    auto store = objects::OpenLocalDisk(*engine_, files_, clock_,
                                        {.folder = "/objects",
                                         .region = "us-east-1",
                                         .key = std::string(32, 'k'),
                                         .sweep_in_background = false});
    EXPECT_TRUE(store);
    store_ = *std::move(store);
    buckets_ = buckets::Buckets::Make(*store_, *authorizer_);
    protocol_ = MakeProtocol(*buckets_, "us-east-1");
    EXPECT_EQ(Do("PUT", "/bucket").status, 200);
  }
  Response Do(const std::string& method, const std::string& target, const HeaderList& headers = {},
              std::string_view body = {}, const HeaderList& trailers = {}) {
    http::RequestHead head;
    head.method = method;
    head.target = target;
    head.path = target.substr(0, target.find('?'));
    if (size_t at = target.find('?'); at != std::string::npos) head.query = target.substr(at + 1);
    head.headers = headers;
    head.headers.emplace_back("Host", "127.0.0.1:8000");
    head.content_length = body.size();
    Body source(body);
    source.trailer_headers = trailers;
    Response response;
    gateway::Exchange exchange{.head = head,
                               .whole_body = {},
                               .body = &source,
                               .response = response,
                               .caller = caller_,
                               .request_id = "4442587FB7D0A2F9",
                               .operation = {},
                               .resource = {},
                               .error_code = {},
                               .detail = {}};
    protocol_->Serve(exchange);
    EXPECT_EQ(exchange.status, response.status);
    operation_ = exchange.operation;
    resource_ = exchange.resource;
    error_ = exchange.error_code;
    return response;
  }
  // The error's code, "" when there was none.
  std::string CodeOf(const std::string& method, const std::string& target,
                     const HeaderList& headers = {}, std::string_view body = {},
                     const HeaderList& trailers = {}) {
    Response response = Do(method, target, headers, body, trailers);
    if (response.status >= 400 && method != "HEAD") {
      EXPECT_EQ(response.Xml("Code"), error_);
    }
    return error_;
  }
  static std::string Md5Header(std::string_view body) {
    return base::Base64Encode(hash::Md5(body));
  }

  access::Caller caller_ = Root("444455556666");
  std::unique_ptr<kv::Engine> engine_ = kv_memory::MakeMemoryEngine();
  testing::FaultyFileSystem files_;
  base::SystemClock clock_;
  std::unique_ptr<access::Authorizer> authorizer_ = access::Authorizer::Make(clock_, "us-east-1");
  std::unique_ptr<objects::ObjectStore> store_;
  std::unique_ptr<buckets::Buckets> buckets_;
  std::unique_ptr<gateway::Protocol> protocol_;
  std::string operation_, resource_, error_;
};

TEST_F(S3Test, ObjectsComeBackWithTheirHeaders) {
  Response put = Do("PUT", "/bucket/a/b%20c",
                    {{"Content-Type", "text/plain"},
                     {"Content-Encoding", "gzip,aws-chunked"},
                     {"Cache-Control", "no-cache"},
                     {"X-Amz-Meta-Color", "blue"}},
                    "hello");
  EXPECT_EQ(put.status, 200);
  EXPECT_EQ(put.headers["etag"], "\"5d41402abc4b2a76b9719d911017c592\"");
  EXPECT_EQ(put.headers["x-amz-server-side-encryption"], "AES256");
  EXPECT_EQ(operation_, "PutObject");
  EXPECT_EQ(resource_, "arn:aws:s3:::bucket/a/b c");
  Response get = Do("GET", "/bucket/a/b%20c?x-id=GetObject");
  EXPECT_EQ(get.status, 200);
  EXPECT_EQ(get.body, "hello");
  EXPECT_EQ(get.headers["content-type"], "text/plain");
  EXPECT_EQ(get.headers["content-encoding"], "gzip");
  EXPECT_EQ(get.headers["cache-control"], "no-cache");
  EXPECT_EQ(get.headers["x-amz-meta-color"], "blue");
  EXPECT_EQ(get.headers["content-length"], "5");
  EXPECT_EQ(get.headers["accept-ranges"], "bytes");
  EXPECT_EQ(get.headers["x-amz-request-id"], "4442587FB7D0A2F9");
  Response head = Do("HEAD", "/bucket/a/b%20c");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers["content-length"], "5");
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(Do("DELETE", "/bucket/a/b%20c").status, 204);
  EXPECT_EQ(Do("HEAD", "/bucket/a/b%20c").status, 404);
}

TEST_F(S3Test, RangesAndConditionsAreAnswered) {
  Do("PUT", "/bucket/k", {}, "0123456789");
  Response part = Do("GET", "/bucket/k", {{"Range", "bytes=2-4"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "234");
  EXPECT_EQ(part.headers["content-range"], "bytes 2-4/10");
  EXPECT_EQ(Do("GET", "/bucket/k", {{"Range", "bytes=-3"}}).body, "789");
  EXPECT_EQ(Do("GET", "/bucket/k", {{"Range", "bytes=0-1,4-5"}}).status, 200);
  EXPECT_EQ(CodeOf("GET", "/bucket/k", {{"Range", "bytes=10-"}}), "InvalidRange");
  EXPECT_EQ(Do("HEAD", "/bucket/k", {{"Range", "bytes=8-20"}}).headers["content-length"], "2");
  EXPECT_EQ(Do("HEAD", "/bucket/k", {{"Range", "bytes=10-"}}).status, 416);
  std::string etag = "\"" + base::HexEncode(hash::Md5("0123456789")) + "\"";
  EXPECT_EQ(Do("GET", "/bucket/k", {{"If-None-Match", etag}}).status, 304);
  EXPECT_EQ(CodeOf("GET", "/bucket/k", {{"If-Match", "\"x\""}}), "PreconditionFailed");
  EXPECT_EQ(CodeOf("GET", "/bucket/k", {{"If-Match", "\"x\""}, {"Range", "bytes=10-"}}),
            "PreconditionFailed");
  Response overridden = Do("GET", "/bucket/k?response-content-type=a%2Fb");
  EXPECT_EQ(overridden.headers["content-type"], "a/b");
}

TEST_F(S3Test, ErrorsHaveS3sShape) {
  Response missing = Do("GET", "/bucket/no%20key");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.headers["content-type"], "application/xml");
  EXPECT_EQ(missing.Xml("Code"), "NoSuchKey");
  EXPECT_EQ(missing.Xml("Message"), "The specified key does not exist.");
  EXPECT_EQ(missing.Xml("Key"), "no key");
  EXPECT_EQ(missing.Xml("RequestId"), "4442587FB7D0A2F9");
  EXPECT_EQ(missing.Xml("HostId"), missing.headers["x-amz-id-2"]);
  EXPECT_EQ(Do("GET", "/missing-bucket").Xml("BucketName"), "missing-bucket");
  EXPECT_EQ(error_, "NoSuchBucket");
  EXPECT_EQ(CodeOf("GET", "/Bad_Name"), "InvalidBucketName");
  EXPECT_EQ(CodeOf("GET", "/bucket/%zz"), "InvalidURI");
  EXPECT_EQ(CodeOf("PATCH", "/bucket/k"), "MethodNotAllowed");
  EXPECT_EQ(CodeOf("PUT", "/bucket/" + std::string(1025, 'k')), "KeyTooLongError");
  Response head = Do("HEAD", "/bucket/none");
  EXPECT_EQ(head.status, 404);
  EXPECT_THAT(head.body, IsEmpty());
}

TEST_F(S3Test, SignatureFaultsHaveTheirNames) {
  auto rejected = [&](std::string_view fault, const std::string& query) {
    http::RequestHead head;
    head.method = "GET";
    head.path = "/bucket/k";
    head.query = query;
    Response response;
    gateway::Exchange exchange{.head = head,
                               .whole_body = {},
                               .response = response,
                               .caller = {},
                               .request_id = "R",
                               .operation = {},
                               .resource = {},
                               .error_code = {},
                               .detail = {}};
    protocol_->Reject(exchange, {base::ErrorKind::kAccessDenied, "text", fault});
    EXPECT_EQ(response.Xml("Message"), "text");
    return std::to_string(response.status) + " " + response.Xml("Code");
  };
  EXPECT_EQ(rejected(sigv4::reason::kMismatch, ""), "403 SignatureDoesNotMatch");
  EXPECT_EQ(rejected(sigv4::reason::kUnknownKey, ""), "403 InvalidAccessKeyId");
  EXPECT_EQ(rejected(sigv4::reason::kExpired, ""), "403 RequestTimeTooSkewed");
  EXPECT_EQ(rejected(sigv4::reason::kExpired, "X-Amz-Signature=1"), "403 AccessDenied");
  EXPECT_EQ(rejected(sigv4::reason::kWrongScope, ""), "400 AuthorizationHeaderMalformed");
  EXPECT_EQ(rejected(sigv4::reason::kIncomplete, "X-Amz-Signature=1"),
            "400 AuthorizationQueryParametersError");
  EXPECT_EQ(rejected(sigv4::reason::kPayloadMismatch, ""), "400 XAmzContentSHA256Mismatch");
}

TEST_F(S3Test, BucketsAreCreatedByS3sRules) {
  EXPECT_EQ(Do("PUT", "/bucket").status, 200);
  EXPECT_EQ(Do("PUT", "/bucket").headers["location"], "/bucket");
  caller_ = Root("111122223333");
  EXPECT_EQ(CodeOf("PUT", "/bucket"), "BucketAlreadyExists");
  EXPECT_EQ(CodeOf("PUT", "/ab"), "InvalidBucketName");
  auto create = [&](const std::string& location) {
    return CodeOf("PUT", "/another", {},
                  "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                  "<LocationConstraint>" +
                      location + "</LocationConstraint></CreateBucketConfiguration>");
  };
  EXPECT_EQ(create("eu-west-1"), "IllegalLocationConstraintException");
  EXPECT_EQ(create("us-east-1"), "InvalidLocationConstraint");
  EXPECT_EQ(CodeOf("PUT", "/another", {}, "<nonsense"), "MalformedXML");
  EXPECT_EQ(CodeOf("PUT", "/another", {{"x-amz-acl", "public-read"}}),
            "InvalidBucketAclWithObjectOwnership");
  EXPECT_EQ(CodeOf("PUT", "/another",
                   {{"x-amz-acl", "public-read"}, {"x-amz-object-ownership", "ObjectWriter"}}),
            "InvalidBucketAclWithBlockPublicAccessError");
  EXPECT_EQ(CodeOf("PUT", "/another", {{"x-amz-acl", "private"}}), "");
  Response location = Do("GET", "/another?location");
  EXPECT_THAT(location.body, HasSubstr("<LocationConstraint"));
  EXPECT_EQ(location.Xml("LocationConstraint"), "");
  EXPECT_EQ(Do("HEAD", "/another").headers["x-amz-bucket-region"], "us-east-1");
  EXPECT_EQ(Do("GET", "/").Xml("Name"), "another");
  Do("PUT", "/another/k", {}, "x");
  EXPECT_EQ(CodeOf("DELETE", "/another"), "BucketNotEmpty");
  Do("DELETE", "/another/k");
  EXPECT_EQ(Do("DELETE", "/another").status, 204);
  EXPECT_EQ(CodeOf("GET", "/another"), "NoSuchBucket");
}

TEST_F(S3Test, PoliciesGoInAndOutByteByByte) {
  EXPECT_EQ(CodeOf("GET", "/bucket?policy"), "NoSuchBucketPolicy");
  EXPECT_EQ(Do("DELETE", "/bucket?publicAccessBlock").status, 204);
  std::string policy = R"({"Version":"2012-10-17", "Statement":[{"Effect":"Allow","Principal":"*",)"
                       R"("Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}]})";
  EXPECT_EQ(Do("PUT", "/bucket?policy", {{"Content-MD5", Md5Header(policy)}}, policy).status, 204);
  EXPECT_EQ(Do("GET", "/bucket?policy").body, policy);
  EXPECT_EQ(CodeOf("PUT", "/bucket?policy", {{"Content-MD5", Md5Header("x")}}, policy),
            "BadDigest");
  EXPECT_EQ(CodeOf("PUT", "/bucket?policy", {}, "{}"), "MalformedPolicy");
  Do("PUT", "/bucket/k", {}, "public");
  caller_ = {};
  EXPECT_EQ(Do("GET", "/bucket/k").body, "public");
  EXPECT_EQ(CodeOf("GET", "/bucket/k?response-content-type=a"), "InvalidRequest");
  EXPECT_EQ(CodeOf("GET", "/bucket?policy"), "AccessDenied");
  EXPECT_EQ(CodeOf("GET", "/bucket/k?AWSAccessKeyId=a&Signature=b&Expires=1"), "InvalidRequest");
  caller_ = Root("444455556666");
  EXPECT_EQ(Do("DELETE", "/bucket?policy").status, 204);
}

TEST_F(S3Test, ChecksumsAreVerifiedInHeadersAndTrailers) {
  EXPECT_EQ(CodeOf("PUT", "/bucket/k", {{"Content-MD5", "nonsense"}}, "x"), "InvalidDigest");
  EXPECT_EQ(CodeOf("PUT", "/bucket/k", {{"Content-MD5", Md5Header("y")}}, "x"), "BadDigest");
  EXPECT_EQ(CodeOf("PUT", "/bucket/k", {{"x-amz-checksum-crc32", "AAAA"}}, "x"), "InvalidRequest");
  EXPECT_EQ(CodeOf("PUT", "/bucket/k", {{"x-amz-checksum-crc32", "AAAAAA=="}}, "x"), "BadDigest");
  EXPECT_EQ(CodeOf("PUT", "/bucket/k", {{"x-amz-sdk-checksum-algorithm", "CRC32"}}, "x"),
            "InvalidRequest");
  HeaderList announced = {{"x-amz-trailer", "x-amz-checksum-crc64nvme"},
                          {"x-amz-sdk-checksum-algorithm", "CRC64NVME"},
                          {"x-amz-decoded-content-length", "9"}};
  EXPECT_EQ(CodeOf("PUT", "/bucket/k", announced, "123456789",
                   {{"x-amz-checksum-crc64nvme", "AAAAAAAAAAA="}}),
            "BadDigest");
  EXPECT_EQ(CodeOf("PUT", "/bucket/k", announced, "123456789"), "BadDigest");
  EXPECT_EQ(CodeOf("GET", "/bucket/k"), "NoSuchKey");
  Response put = Do("PUT", "/bucket/k", announced, "123456789",
                    {{"x-amz-checksum-crc64nvme", "rosUhgp5mIg="}});
  EXPECT_EQ(put.status, 200);
  EXPECT_EQ(put.headers["x-amz-checksum-crc64nvme"], "rosUhgp5mIg=");
  EXPECT_EQ(put.headers["x-amz-checksum-type"], "FULL_OBJECT");
  Response get = Do("GET", "/bucket/k", {{"x-amz-checksum-mode", "ENABLED"}});
  EXPECT_EQ(get.headers["x-amz-checksum-crc64nvme"], "rosUhgp5mIg=");
  EXPECT_FALSE(Do("GET", "/bucket/k").headers.contains("x-amz-checksum-crc64nvme"));
}

TEST_F(S3Test, ABodyShorterThanAnnouncedIsRefused) {
  EXPECT_EQ(CodeOf("PUT", "/bucket/k", {{"x-amz-decoded-content-length", "10"}}, "123"),
            "IncompleteBody");
  EXPECT_EQ(CodeOf("PUT", "/bucket/k", {{"x-amz-decoded-content-length", "ten"}}, "123"),
            "MissingContentLength");
}

TEST_F(S3Test, ListsPageWithOpaqueTokens) {
  for (const char* key : {"a/1", "a/2", "b%20c", "d"}) {
    Do("PUT", std::string("/bucket/") + key, {}, "x");
  }
  Response first = Do("GET", "/bucket?list-type=2&delimiter=/&max-keys=2&encoding-type=url");
  EXPECT_EQ(first.Xml("IsTruncated"), "true");
  EXPECT_EQ(first.Xml("KeyCount"), "2");
  EXPECT_THAT(first.body, HasSubstr("<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>"));
  EXPECT_EQ(first.Xml("Key"), "b%20c");
  std::string token = first.Xml("NextContinuationToken");
  EXPECT_THAT(token, Not(HasSubstr("b c")));
  Response second = Do("GET", "/bucket?list-type=2&delimiter=/&max-keys=2&continuation-token=" +
                                  base::PercentEncode(token, false));
  EXPECT_EQ(second.Xml("IsTruncated"), "false");
  EXPECT_EQ(second.Xml("Key"), "d");
  EXPECT_EQ(second.Xml("ContinuationToken"), token);
  EXPECT_EQ(Do("GET", "/bucket?list-type=2&start-after=b%20c").Xml("Key"), "d");
  EXPECT_EQ(Do("GET", "/bucket?list-type=2").Xml("Owner"), "");
  EXPECT_EQ(Do("GET", "/bucket?list-type=2&fetch-owner=true").Xml("ID"),
            *access::CanonicalIdOf(nullptr, "444455556666"));
  EXPECT_EQ(CodeOf("GET", "/bucket?list-type=2&continuation-token=d"), "InvalidArgument");
  EXPECT_EQ(CodeOf("GET", "/bucket?list-type=2&max-keys=many"), "InvalidArgument");
  EXPECT_EQ(CodeOf("GET", "/bucket?list-type=2&encoding-type=xml"), "InvalidArgument");
  Response v1 = Do("GET", "/bucket?delimiter=/&max-keys=1");
  EXPECT_EQ(v1.Xml("NextMarker"), "a/");
  EXPECT_EQ(Do("GET", "/bucket?delimiter=/&marker=a/").Xml("Key"), "b c");
  EXPECT_EQ(Do("GET", "/bucket?max-keys=0").Xml("IsTruncated"), "false");
}

TEST_F(S3Test, ManyObjectsAreDeletedAtOnce) {
  for (const char* key : {"a", "b"}) Do("PUT", std::string("/bucket/") + key, {}, "x");
  std::string body =
      "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a</Key></Object>"
      "<Object><Key>absent</Key></Object></Delete>";
  EXPECT_EQ(CodeOf("POST", "/bucket?delete", {}, body), "InvalidRequest");
  EXPECT_EQ(CodeOf("POST", "/bucket?delete", {{"Content-MD5", Md5Header("")}}, body), "BadDigest");
  Response deleted = Do("POST", "/bucket?delete", {{"Content-MD5", Md5Header(body)}}, body);
  EXPECT_THAT(deleted.body, HasSubstr("<Deleted><Key>a</Key></Deleted>"));
  EXPECT_THAT(deleted.body, HasSubstr("<Deleted><Key>absent</Key></Deleted>"));
  EXPECT_EQ(CodeOf("GET", "/bucket/a"), "NoSuchKey");
  std::string quiet = "<Delete><Quiet>true</Quiet><Object><Key>b</Key></Object></Delete>";
  Response silent = Do("POST", "/bucket?delete", {{"Content-MD5", Md5Header(quiet)}}, quiet);
  EXPECT_THAT(silent.body, Not(HasSubstr("<Deleted>")));
  caller_ = {};
  Response denied = Do("POST", "/bucket?delete", {{"Content-MD5", Md5Header(quiet)}}, quiet);
  EXPECT_EQ(denied.status, 200);
  EXPECT_EQ(denied.Xml("Code"), "AccessDenied");
  caller_ = Root("444455556666");
  std::string empty = "<Delete></Delete>";
  EXPECT_EQ(CodeOf("POST", "/bucket?delete", {{"Content-MD5", Md5Header(empty)}}, empty),
            "MalformedXML");
}

TEST_F(S3Test, AMultipartUploadRunsFromBeginningToEnd) {
  Response created = Do("POST", "/bucket/k?uploads",
                        {{"Content-Type", "a/b"}, {"x-amz-checksum-algorithm", "CRC64NVME"}});
  EXPECT_EQ(created.status, 200);
  EXPECT_EQ(created.headers["x-amz-checksum-type"], "FULL_OBJECT");
  std::string upload = created.Xml("UploadId");
  std::string target = "/bucket/k?uploadId=" + upload;
  std::string one(5 << 20, '1');
  Response first = Do("PUT", target + "&partNumber=1", {}, one);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.headers["x-amz-checksum-crc64nvme"].size(), 12u);
  Response second = Do("PUT", target + "&partNumber=2", {}, "end");
  EXPECT_EQ(CodeOf("PUT", target + "&partNumber=0", {}, "x"), "InvalidArgument");
  EXPECT_EQ(CodeOf("PUT", target, {}, "x"), "InvalidArgument");
  Response parts = Do("GET", target + "&max-parts=1");
  EXPECT_EQ(parts.Xml("NextPartNumberMarker"), "1");
  EXPECT_EQ(parts.Xml("Size"), std::to_string(one.size()));
  EXPECT_EQ(Do("GET", target + "&part-number-marker=1").Xml("Size"), "3");
  EXPECT_EQ(Do("GET", "/bucket?uploads").Xml("UploadId"), upload);
  auto list = [&](const std::string& a, const std::string& b) {
    return "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + a +
           "</ETag></Part><Part><PartNumber>2</PartNumber><ETag>" + b +
           "</ETag></Part></CompleteMultipartUpload>";
  };
  std::string a = first.headers["etag"], b = second.headers["etag"];
  EXPECT_EQ(CodeOf("POST", target, {}, "<CompleteMultipartUpload/>"), "MalformedXML");
  EXPECT_EQ(CodeOf("POST", target, {}, list(b, a)), "InvalidPart");
  Response done = Do("POST", target, {}, list(a, "&quot;" + b.substr(1, 32) + "&quot;"));
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_THAT(done.Xml("ETag"), HasSubstr("-2\""));
  EXPECT_EQ(done.Xml("Location"), "http://127.0.0.1:8000/bucket/k");
  Response get = Do("GET", "/bucket/k");
  EXPECT_EQ(get.body, one + "end");
  EXPECT_EQ(get.headers["content-type"], "a/b");
  EXPECT_EQ(CodeOf("GET", target), "NoSuchUpload");
  std::string other = Do("POST", "/bucket/k?uploads").Xml("UploadId");
  EXPECT_EQ(Do("DELETE", "/bucket/k?uploadId=" + other).status, 204);
  EXPECT_EQ(CodeOf("DELETE", "/bucket/k?uploadId=" + other), "NoSuchUpload");
}

TEST_F(S3Test, ListsOfUploadsPageBothWays) {
  std::vector<std::string> ids;
  for (const char* key : {"a/1", "b", "b", "c"}) {
    ids.push_back(Do("POST", std::string("/bucket/") + key + "?uploads").Xml("UploadId"));
  }
  Response first = Do("GET", "/bucket?uploads&max-uploads=2");
  EXPECT_EQ(first.Xml("NextKeyMarker"), "b");
  EXPECT_EQ(first.Xml("NextUploadIdMarker"), ids[1]);
  EXPECT_EQ(Do("GET", "/bucket?uploads&key-marker=b&upload-id-marker=" + ids[1]).Xml("UploadId"),
            ids[2]);
  EXPECT_EQ(Do("GET", "/bucket?uploads&key-marker=b").Xml("UploadId"), ids[3]);
  EXPECT_THAT(Do("GET", "/bucket?uploads&delimiter=/").body,
              HasSubstr("<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>"));
}

TEST_F(S3Test, WhatIsNotImplementedIsRefusedByName) {
  Response copy = Do("PUT", "/bucket/k", {{"x-amz-copy-source", "/bucket/a"}});
  EXPECT_EQ(copy.status, 501);
  EXPECT_EQ(copy.Xml("Code"), "NotImplemented");
  EXPECT_THAT(copy.Xml("Message"), HasSubstr("CopyObject"));
  EXPECT_EQ(operation_, "CopyObject");
  for (const char* parameter : {"cors", "versioning", "tagging", "lifecycle", "versions"}) {
    EXPECT_EQ(CodeOf("GET", std::string("/bucket?") + parameter), "NotImplemented") << parameter;
  }
  for (const auto& [name, value] :
       HeaderList{{"x-amz-tagging", "a=b"},
                  {"x-amz-server-side-encryption", "aws:kms"},
                  {"X-Amz-Server-Side-Encryption-Customer-Algorithm", "AES256"},
                  {"x-amz-storage-class", "GLACIER"},
                  {"x-amz-object-lock-mode", "GOVERNANCE"}}) {
    EXPECT_EQ(CodeOf("PUT", "/bucket/k", {{name, value}}, "x"), "NotImplemented") << name;
  }
  EXPECT_EQ(CodeOf("PUT", "/bucket/k", {{"x-amz-acl", "private"}}, "x"),
            "AccessControlListNotSupported");
  EXPECT_EQ(CodeOf("PUT", "/bucket/k", {{"x-amz-grant-read", "id=" + std::string(64, 'a')}}, "x"),
            "AccessControlListNotSupported");
  EXPECT_EQ(CodeOf("PUT", "/bucket/k", {{"x-amz-acl", "bucket-owner-full-control"}}, "x"), "");
  EXPECT_EQ(CodeOf("GET", "/bucket/k?versionId=abc"), "NotImplemented");
  EXPECT_EQ(CodeOf("GET", "/bucket/k?partNumber=1"), "NotImplemented");
}

TEST_F(S3Test, BucketsAreEncryptedByDefaultAndInNoOtherWay) {
  auto put = [&](const std::string& rule) {
    return CodeOf("PUT", "/bucket?encryption", {},
                  "<ServerSideEncryptionConfiguration><Rule>" + rule +
                      "</Rule></ServerSideEncryptionConfiguration>");
  };
  auto by_default = [](const std::string& settings) {
    return "<ApplyServerSideEncryptionByDefault>" + settings +
           "</ApplyServerSideEncryptionByDefault>";
  };
  const std::string aes = by_default("<SSEAlgorithm>AES256</SSEAlgorithm>");
  EXPECT_EQ(Do("GET", "/bucket?encryption").Xml("SSEAlgorithm"), "AES256");
  EXPECT_EQ(put(aes), "");
  EXPECT_EQ(put(aes + "<BucketKeyEnabled>false</BucketKeyEnabled>"), "");
  EXPECT_EQ(put(aes + "<BucketKeyEnabled>true</BucketKeyEnabled>"), "NotImplemented");
  EXPECT_EQ(put(by_default("<SSEAlgorithm>aws:kms</SSEAlgorithm>")), "NotImplemented");
  EXPECT_EQ(put(by_default("<SSEAlgorithm>rot13</SSEAlgorithm>")), "MalformedXML");
  EXPECT_EQ(
      put(by_default("<SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID>")),
      "InvalidArgument");
  EXPECT_EQ(put(""), "MalformedXML");
  EXPECT_EQ(CodeOf("PUT", "/bucket?encryption", {}, "<Other/>"), "MalformedXML");
  EXPECT_EQ(Do("DELETE", "/bucket?encryption").status, 204);
  EXPECT_EQ(Do("GET", "/bucket?encryption").Xml("SSEAlgorithm"), "AES256");
  EXPECT_EQ(CodeOf("GET", "/missing?encryption"), "NoSuchBucket");
}

TEST_F(S3Test, EveryOperationIsAuthorised) {
  std::string upload = Do("POST", "/bucket/k?uploads").Xml("UploadId");
  Do("PUT", "/bucket/k", {}, "x");
  std::string complete =
      "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>e</ETag></Part>"
      "</CompleteMultipartUpload>";
  for (const access::Caller& stranger : {access::Caller{}, Root("111122223333")}) {
    caller_ = stranger;
    for (const Operation& operation : Operations()) {
      if (operation.run == nullptr) continue;
      if (operation.name == "DeleteObjects") continue;  // one outcome a key: tested above
      bool is_own = operation.name == "ListBuckets" || operation.name == "CreateBucket";
      if (is_own && !stranger.is_anonymous()) continue;
      std::string target = operation.level == Level::kService  ? "/"
                           : operation.level == Level::kBucket ? "/bucket"
                                                               : "/bucket/k";
      if (operation.query == "uploadId") {
        target += "?partNumber=1&uploadId=" + upload;
      } else if (operation.query == "list-type") {
        target += "?list-type=2";
      } else if (!operation.query.empty()) {
        target += "?" + std::string(operation.query);
      }
      std::string body = operation.name == "CompleteMultipartUpload" ? complete : "";
      HeaderList headers;
      if (operation.level == Level::kAccount) {
        target = "/v20180820/" + std::string(operation.query);
        headers = {{"x-amz-account-id", "444455556666"}};
      }
      if (operation.method == "PUT" && operation.name.ends_with("Acl")) {
        headers = {{"x-amz-acl", "private"}};
      }
      if (operation.method == "PUT" && operation.name.ends_with("PublicAccessBlock")) {
        body = "<PublicAccessBlockConfiguration/>";
      }
      if (operation.name == "PutBucketOwnershipControls") {
        body =
            "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>"
            "</OwnershipControls>";
      }
      Response response = Do(std::string(operation.method), target, headers, body);
      EXPECT_EQ(operation_, operation.name);
      EXPECT_EQ(response.status, 403) << operation.name << response.body;
      EXPECT_EQ(error_, "AccessDenied") << operation.name;
    }
  }
}

TEST_F(S3Test, TheS3ControlApiHasItsOwnErrorsAndIsAboutTheCallersAccount) {
  const std::string path = "/v20180820/configuration/publicAccessBlock";
  const HeaderList own = {{"x-amz-account-id", "444455556666"}};
  Response none = Do("GET", path, own);
  EXPECT_EQ(none.status, 404);
  EXPECT_THAT(none.body, HasSubstr("<ErrorResponse><Error><Code>"
                                   "NoSuchPublicAccessBlockConfiguration</Code>"));
  EXPECT_EQ(operation_, "GetAccountPublicAccessBlock");
  EXPECT_EQ(resource_, "*");
  EXPECT_EQ(Do("PUT", path, own,
               "<PublicAccessBlockConfiguration><IgnorePublicAcls>TRUE</IgnorePublicAcls>"
               "</PublicAccessBlockConfiguration>")
                .status,
            200);
  Response block = Do("GET", path, own);
  EXPECT_EQ(block.Xml("IgnorePublicAcls"), "true");
  EXPECT_EQ(block.Xml("BlockPublicPolicy"), "false");
  EXPECT_EQ(CodeOf("PUT", path, own,
                   "<PublicAccessBlockConfiguration><Other>true</Other>"
                   "</PublicAccessBlockConfiguration>"),
            "MalformedXML");
  EXPECT_EQ(CodeOf("GET", path, {{"x-amz-account-id", "111122223333"}}), "AccessDenied");
  EXPECT_EQ(CodeOf("GET", path, {{"x-amz-account-id", "1"}}), "InvalidRequest");
  EXPECT_EQ(CodeOf("GET", "/v20180820/accesspoint", own), "NotImplemented");
  EXPECT_EQ(Do("DELETE", path, own).status, 204);
  EXPECT_EQ(CodeOf("GET", path, own), "NoSuchPublicAccessBlockConfiguration");
}

TEST_F(S3Test, AclsAreReadFromHeadersAndBodies) {
  EXPECT_EQ(CodeOf("PUT", "/writers", {{"x-amz-object-ownership", "Nobody"}}), "InvalidArgument");
  EXPECT_EQ(CodeOf("PUT", "/writers", {{"x-amz-object-ownership", "ObjectWriter"}}), "");
  EXPECT_EQ(Do("GET", "/writers?ownershipControls").Xml("ObjectOwnership"), "ObjectWriter");
  Do("PUT", "/writers/k", {}, "x");
  const std::string owner = Do("GET", "/writers/k?acl").Xml("ID");
  const std::string other(64, 'a');
  auto put = [&](const HeaderList& headers, const std::string& body = {}) {
    return CodeOf("PUT", "/writers/k?acl", headers, body);
  };
  EXPECT_EQ(put({{"x-amz-grant-read", "id=\"" + other + "\", id=" + owner}}), "");
  EXPECT_THAT(Do("GET", "/writers/k?acl").body,
              HasSubstr("xsi:type=\"CanonicalUser\"><ID>" + other +
                        "</ID></Grantee>"
                        "<Permission>READ</Permission></Grant>"));
  EXPECT_EQ(put({{"x-amz-grant-read", "id=short"}}), "InvalidArgument");
  EXPECT_EQ(put({{"x-amz-grant-read", "nonsense"}}), "InvalidArgument");
  EXPECT_EQ(put({{"x-amz-grant-read", "uri=http://example.com"}}), "InvalidArgument");
  EXPECT_EQ(put({{"x-amz-grant-read", "emailAddress=a@example.com"}}), "NotImplemented");
  EXPECT_EQ(put({{"x-amz-grant-read", "id=" + other}, {"x-amz-acl", "private"}}), "InvalidRequest");
  EXPECT_EQ(put({{"x-amz-acl", "public"}}), "InvalidArgument");
  EXPECT_EQ(put({{"x-amz-acl", "aws-exec-read"}}), "NotImplemented");
  EXPECT_EQ(put({}), "MissingSecurityHeader");
  auto document = [&](const std::string& id, const std::string& grants) {
    return "<AccessControlPolicy><Owner><ID>" + id + "</ID></Owner><AccessControlList>" + grants +
           "</AccessControlList></AccessControlPolicy>";
  };
  auto grant = [](const std::string& grantee, const std::string& permission = "READ") {
    return "<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
           "xsi:type=\"CanonicalUser\">" +
           grantee + "</Grantee><Permission>" + permission + "</Permission></Grant>";
  };
  const std::string user = "<ID>" + other + "</ID>";
  EXPECT_EQ(put({}, document(owner, grant(user, "WRITE_ACP"))), "");
  EXPECT_EQ(Do("GET", "/writers/k?acl").Xml("Permission"), "WRITE_ACP");
  EXPECT_EQ(put({}, document(owner, "")), "");
  EXPECT_EQ(Do("GET", "/writers/k?acl").Xml("Grant"), "");
  EXPECT_EQ(put({}, document(other, grant(user))), "AccessDenied");
  EXPECT_EQ(put({{"x-amz-acl", "private"}}, document(owner, "")), "UnexpectedContent");
  for (const std::string& bad :
       {std::string("<nonsense"), std::string("<AccessControlPolicy/>"),
        document(owner, "<Other/>"), document(owner, grant(user, "EVERYTHING")),
        document(owner, grant("")),
        document(owner, "<Grant><Permission>READ</Permission></Grant>")}) {
    EXPECT_EQ(put({}, bad), "MalformedACLError") << bad;
  }
  std::string many;
  for (int i = 0; i < 101; ++i) many += grant(user);
  EXPECT_EQ(put({}, document(owner, many)), "MalformedACLError");
}

TEST_F(S3Test, ExpectedOwnersAreCompared) {
  Do("PUT", "/bucket/k", {}, "x");
  EXPECT_EQ(CodeOf("GET", "/bucket/k", {{"x-amz-expected-bucket-owner", "444455556666"}}), "");
  EXPECT_EQ(CodeOf("GET", "/bucket/k", {{"x-amz-expected-bucket-owner", "111122223333"}}),
            "AccessDenied");
}

TEST_F(S3Test, WritesCanBeConditional) {
  EXPECT_EQ(CodeOf("PUT", "/bucket/k", {{"If-None-Match", "*"}}, "x"), "");
  EXPECT_EQ(CodeOf("PUT", "/bucket/k", {{"If-None-Match", "*"}}, "y"), "PreconditionFailed");
  std::string etag = "\"" + base::HexEncode(hash::Md5("x")) + "\"";
  EXPECT_EQ(CodeOf("PUT", "/bucket/k", {{"If-Match", etag}}, "y"), "");
  EXPECT_EQ(CodeOf("PUT", "/bucket/k", {{"If-Match", etag}}, "z"), "PreconditionFailed");
}

TEST_F(S3Test, AFullDiskIsSaidAndKeepsTheOldObject) {
  Do("PUT", "/bucket/k", {}, std::string(10'000, 'x'));
  files_.SetSpace(10'000);
  EXPECT_EQ(CodeOf("PUT", "/bucket/k", {}, std::string(10'000, 'y')), "InsufficientStorage");
  EXPECT_EQ(Do("GET", "/bucket/k").body, std::string(10'000, 'x'));
}

}  // namespace
}  // namespace dray::s3
