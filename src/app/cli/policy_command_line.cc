// SPDX-License-Identifier: Apache-2.0
#include "app/cli/policy_command_line.h"

#include "app/cli/remote_flags.h"
#include "client/remote_jobs/export_request.h"
#include "security/policy/principal.h"

namespace dray::cli {

namespace {

constexpr const char* kRegion = "us-east-1";
constexpr const char* kPrincipalHelp =
    "who starts the job: ARN of a role, user or root user, or an account id for all of it";

void AddGenerateJob(CLI::App& app, GenerateFlags& flags, bool is_export) {
  const char* place_help = "s3://BUCKET or s3://BUCKET/PREFIX";
  if (is_export) app.add_option("TABLE", flags.table, "name or ARN")->required();
  app.add_option(is_export ? "DESTINATION" : "SOURCE", flags.place, place_help)->required();
  if (!is_export) app.add_option("TABLE", flags.table, "name or ARN of the new table")->required();
  app.add_option("--principal", flags.principal, kPrincipalHelp)->required();
  app.add_option("--bucket-owner", flags.bucket_owner,
                 "account of the bucket, when it is another than the principal's")
      ->check(CheckAccountId);
  app.add_option("--region", flags.region, "of the table, where its name is given (us-east-1)");
  app.add_option("--bucket-region", flags.bucket_region, "when it is another than the table's");
  app.add_option("--kms-key", flags.kms_key, "full ARN of the key that encrypts the objects");
  app.add_option("--document", flags.document,
                 "print this one alone, as put-bucket-policy and the like take it; else all, as "
                 "members of one object")
      ->check(CLI::IsMember({"bucket", "identity", "key"}));
}

void AddGenerate(CLI::App& app, PolicyCommands& commands) {
  GenerateFlags& flags = commands.generate;
  app.require_subcommand(0, 1);
  app.add_flag("--seed", flags.is_seed,
               "the classic bucket policy: lets exports of ACCOUNT write into BUCKET, through "
               "DynamoDB only");
  app.add_option("ACCOUNT", flags.seed_account, "with --seed, 12 digits: whose tables are exported")
      ->check(CheckAccountId);
  app.add_option("BUCKET", flags.seed_bucket, "with --seed: where the exports go");
  commands.generate_export_app = app.add_subcommand("export", "for one export");
  AddGenerateJob(*commands.generate_export_app, flags, true);
  commands.generate_import_app = app.add_subcommand("import", "for one import");
  AddGenerateJob(*commands.generate_import_app, flags, false);
}

void AddJobFacts(CLI::App& app, PolicyCommands& commands) {
  const std::string group = "Job";
  doctor::Facts& facts = commands.check.facts;
  app.add_option("--job", commands.job, "export or import")
      ->check(CLI::IsMember({"export", "import"}))
      ->capture_default_str()
      ->group(group);
  app.add_option("--caller", facts.caller_arn,
                 "ARN of who starts it: arn:aws:iam::111122223333:root, :user/NAME, :role/NAME; "
                 "else whose keys ask the endpoint")
      ->group(group);
  app.add_option("--caller-account", facts.caller_account, "else the one of the ARN")->group(group);
  app.add_option("--bucket", facts.bucket)->required()->group(group);
  app.add_option("--bucket-owner", facts.bucket_owner, "account id of the bucket")
      ->check(CheckAccountId)
      ->group(group);
  app.add_option("--bucket-region", facts.bucket_region, "when it is another than the table's")
      ->group(group);
  app.add_option("--prefix", facts.prefix, "S3Prefix of an export, S3KeyPrefix of an import")
      ->group(group);
  app.add_option("--s3-bucket-owner", facts.s3_bucket_owner,
                 "S3BucketOwner of the job, when it is given")
      ->group(group);
  app.add_option("--table", commands.table, "name or ARN; without it only the bucket is looked at")
      ->group(group);
  app.add_flag("--kms", facts.has_kms_encryption, "the export asks for S3SseAlgorithm=KMS")
      ->group(group);
  app.add_option("--kms-key", facts.kms_key, "its key, or the one of the objects of an import")
      ->group(group);
  app.add_option("--acl", facts.acl, "x-amz-acl, when the writer sends one")->group(group);
  app.add_flag("--direct", commands.is_direct, "the caller writes itself, not DynamoDB in its name")
      ->group(group);
  app.add_flag("--plain-http", facts.is_plain_http, "the caller's own requests come without TLS")
      ->group(group);
  app.add_option("--remote-target", facts.remote_target_arn,
                 "ARN of whose credentials a Dray server uses at the bucket's endpoint")
      ->group(group);
  app.add_option("--assumed-by", facts.assumed_by, "ARN of who assumes the caller's role")
      ->group(group);
}

void AddPolicyFiles(CLI::App& app, PolicyCommands& commands) {
  const std::string group = "Policies, JSON files";
  PolicyFiles& files = commands.check.files;
  app.add_option("--bucket-policy", files.bucket, "leave it away when the bucket has none")
      ->group(group);
  app.add_option("--identity-policy", files.identity, "of the caller; may be repeated")
      ->group(group);
  app.add_option("--permissions-boundary", files.boundaries, "of the caller")->group(group);
  app.add_option("--session-policy", files.session, "that the caller's session was made with")
      ->group(group);
  app.add_option("--scp", files.service_control,
                 "service control policies: a policy, or a list of those of one level; may be "
                 "repeated, a file a level")
      ->group(group);
  app.add_option("--rcp", files.resource_control, "resource control policies, likewise")
      ->group(group);
  app.add_option("--table-policy", files.table, "resource policy of the table")->group(group);
  app.add_option("--key-policy", files.key)->group(group);
  app.add_option("--trust-policy", files.trust, "of the caller's role")->group(group);
  app.add_option("--vpc-endpoint-policy", files.vpc_endpoint)->group(group);
}

void AddSettings(CLI::App& app, PolicyCommands& commands) {
  const std::string group = "Settings";
  doctor::Facts& facts = commands.check.facts;
  app.add_flag("--block-public-access", facts.restricts_public_buckets,
               "RestrictPublicBuckets is on")
      ->group(group);
  app.add_option("--object-ownership", facts.object_ownership)
      ->check(CLI::IsMember({"BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"}))
      ->group(group);
  app.add_flag("--requester-pays", facts.has_requester_pays)->group(group);
  app.add_flag("--object-lock", facts.has_object_lock)->group(group);
  app.add_option("--recovery", commands.recovery, "point-in-time recovery of the table")
      ->check(CLI::IsMember({"on", "off"}))
      ->group(group);
  app.add_option("--context", commands.context,
                 "KEY=VALUE, a condition key of the caller's requests, such as "
                 "aws:PrincipalOrgID=o-1; may be repeated")
      ->group(group);
}

void AddCheck(CLI::App& app, PolicyCommands& commands) {
  app.footer(
      "Exit codes: 0 nothing denies the job, 1 it is denied, 2 wrong command line, 4 not denied by "
      "what could be read, 5 endpoint out of reach, 130 interrupted");
  app.add_flag("--offline", commands.check.is_offline, "from the flags and files below alone")
      ->group("Endpoint");
  AddRemote(app, commands.check.remote);
  app.add_option("--bucket-profile", commands.check.remote.bucket_profile,
                 "profile that reads the bucket's settings; else the same")
      ->group("Endpoint");
  AddJobFacts(app, commands);
  AddPolicyFiles(app, commands);
  AddSettings(app, commands);
  app.add_flag("--json", commands.check.as_json, "one line of JSON");
}

std::string TableArn(const std::string& table, const std::string& account,
                     const std::string& region) {
  if (table.starts_with("arn:")) return table;
  return "arn:aws:dynamodb:" + (region.empty() ? kRegion : region) + ":" + account + ":table/" +
         table;
}

std::string AccountOf(const std::string& principal) {
  auto entry = policy::ParseAwsPrincipal(principal);
  return entry ? entry->account : "";
}

Command FinishGenerate(PolicyCommands& commands) {
  GenerateFlags& flags = commands.generate;
  PolicyGenerateCommand command;
  const bool is_export = commands.generate_export_app->parsed();
  if (!is_export && !commands.generate_import_app->parsed()) {
    if (!flags.is_seed || flags.seed_account.empty() || flags.seed_bucket.empty())
      Refuse(
          "for which job: `export TABLE s3://BUCKET/PREFIX --principal ARN`, `import "
          "s3://BUCKET/PREFIX TABLE --principal ARN`, or --seed ACCOUNT BUCKET");
    command.account_id = flags.seed_account;
    command.bucket = flags.seed_bucket;
    return command;
  }
  if (flags.is_seed) Refuse("--seed is a policy of its own, for no single job");
  auto place = remote_jobs::ParseS3Url(flags.place);
  if (!place) Refuse("the bucket is s3://BUCKET or s3://BUCKET/PREFIX, not '" + flags.place + "'");
  doctor::JobAccess access;
  access.job = is_export ? doctor::Job::kExport : doctor::Job::kImport;
  access.principal = flags.principal;
  access.bucket = place->bucket;
  access.prefix = place->prefix.value_or("");
  access.bucket_owner = flags.bucket_owner;
  access.bucket_region = flags.bucket_region;
  access.table_arn = TableArn(flags.table, AccountOf(flags.principal), flags.region);
  access.kms_key = flags.kms_key;
  command.access = std::move(access);
  command.document = flags.document;
  return command;
}

void FinishContext(PolicyCommands& commands) {
  for (const std::string& text : commands.context) {
    size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos)
      Refuse("--context takes KEY=VALUE, not '" + text + "'");
    commands.check.facts.context.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
}

Command FinishCheck(PolicyCommands& commands) {
  PolicyCheckCommand& check = commands.check;
  doctor::Facts& facts = check.facts;
  if (check.is_offline) {
    const RemoteOptions& remote = check.remote;
    if (!remote.endpoint_url.empty() || !remote.server.empty() || remote.is_aws)
      Refuse("--offline asks no endpoint: leave one of both away");
    if (facts.caller_arn.empty()) Refuse("--offline needs --caller ARN");
    if (facts.bucket_owner.empty()) Refuse("--offline needs --bucket-owner ID");
  } else {
    CheckRemote(check.remote);
  }
  if (commands.is_direct && !facts.remote_target_arn.empty())
    Refuse("--direct and --remote-target exclude each other");
  if (commands.is_direct && !check.files.vpc_endpoint.empty())
    Refuse("the policy of a VPC endpoint is not evaluated for direct requests");
  if (commands.is_direct) facts.way = doctor::Way::kDirect;
  if (!facts.remote_target_arn.empty()) facts.way = doctor::Way::kRemoteTarget;
  if (commands.job == "import") facts.job = doctor::Job::kImport;
  if (!facts.kms_key.empty()) facts.has_kms_encryption = true;
  if (!commands.recovery.empty()) facts.has_recovery = commands.recovery == "on";
  if (check.is_offline && !commands.table.empty())
    facts.table_arn = TableArn(commands.table, AccountOf(facts.caller_arn), check.remote.region);
  check.table = commands.table;
  FinishContext(commands);
  return check;
}

}  // namespace

void AddPolicyCommands(CLI::App& app, PolicyCommands& commands) {
  app.require_subcommand(1);
  commands.generate_app = app.add_subcommand(
      "generate", "the least policies for one job: bucket, identity and key policy");
  AddGenerate(*commands.generate_app, commands);
  commands.check_app = app.add_subcommand(
      "check", "would the job be allowed, and if not, which statement is in the way");
  AddCheck(*commands.check_app, commands);
  commands.simulate_app = app.add_subcommand(
      "simulate",
      "decide requests: one JSON object a line in (request, context, policies), one out");
}

Command FinishPolicyCommand(PolicyCommands& commands) {
  if (commands.simulate_app->parsed()) return PolicySimulateCommand();
  if (commands.check_app->parsed()) return FinishCheck(commands);
  return FinishGenerate(commands);
}

}  // namespace dray::cli
