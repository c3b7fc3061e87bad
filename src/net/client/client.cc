// SPDX-License-Identifier: Apache-2.0
#include "net/client/client.h"

#include <curl/curl.h>

#include <mutex>

#include "base/check.h"
#include "base/text_encoding.h"

namespace dray::http_client {

namespace {

struct SlistDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Slist = std::unique_ptr<curl_slist, SlistDeleter>;

void Append(Slist& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  CHECK(longer != nullptr);
  (void)list.release();
  list.reset(longer);
}

// What the callbacks of one call share.
struct Transfer {
  Response response;
  size_t body_bytes_max = 0;
  bool is_too_large = false;
};

size_t TakeHeader(char* bytes, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  std::string_view line(bytes, size * count);
  if (line.starts_with("HTTP/")) {
    transfer.response.headers.clear();  // of a 100 Continue or a proxy before
    return size * count;
  }
  size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    transfer.response.headers.emplace_back(std::string(base::TrimSpace(line.substr(0, colon))),
                                           std::string(base::TrimSpace(line.substr(colon + 1))));
  }
  return size * count;
}

size_t TakeBody(char* bytes, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.response.body.size() + size * count > transfer.body_bytes_max) {
    transfer.is_too_large = true;
    return 0;
  }
  transfer.response.body.append(bytes, size * count);
  return size * count;
}

int AskCancelled(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& is_cancelled = *static_cast<const std::function<bool()>*>(user);
  return is_cancelled && is_cancelled() ? 1 : 0;
}

class CurlClient final : public Client {
 public:
  CurlClient(Options options, std::function<bool()> is_cancelled)
      : options_(std::move(options)), is_cancelled_(std::move(is_cancelled)) {
    static std::once_flag once;
    std::call_once(once, [] { CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
    handle_ = curl_easy_init();
    CHECK(handle_ != nullptr);
  }
  ~CurlClient() override { curl_easy_cleanup(handle_); }
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  base::Result<Response> Send(const Request& request) override {
    Transfer transfer;
    transfer.body_bytes_max = options_.body_bytes_max;
    Slist headers = Prepare(request, transfer);
    error_text_[0] = '\0';
    CURLcode code = curl_easy_perform(handle_);
    curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, nullptr);  // they end with this call
    if (code != CURLE_OK) return ErrorOf(code, request, transfer);
    long status = 0;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    transfer.response.status = static_cast<int>(status);
    return std::move(transfer.response);
  }

 private:
  template <class Value>
  void Set(CURLoption option, Value value) {
    CHECK(curl_easy_setopt(handle_, option, value) == CURLE_OK);
  }

  Slist Prepare(const Request& request, Transfer& transfer) {
    curl_easy_reset(handle_);  // connections stay
    Set(CURLOPT_ERRORBUFFER, error_text_);
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    Set(CURLOPT_URL, request.url.c_str());
    Set(CURLOPT_PATH_AS_IS, 1L);  // what was signed
    Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout_ms));
    Set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.total_timeout_ms));
    if (!options_.ca_file.empty()) Set(CURLOPT_CAINFO, options_.ca_file.c_str());
    if (!options_.user_agent.empty()) Set(CURLOPT_USERAGENT, options_.user_agent.c_str());
    Set(CURLOPT_HEADERFUNCTION, TakeHeader);
    Set(CURLOPT_HEADERDATA, &transfer);
    Set(CURLOPT_WRITEFUNCTION, TakeBody);
    Set(CURLOPT_WRITEDATA, &transfer);
    Set(CURLOPT_NOPROGRESS, 0L);
    Set(CURLOPT_XFERINFOFUNCTION, AskCancelled);
    Set(CURLOPT_XFERINFODATA, &is_cancelled_);
    if (request.method == "HEAD") {
      Set(CURLOPT_NOBODY, 1L);
    } else {
      if (request.method != "GET") {
        Set(CURLOPT_POSTFIELDS, request.body.data());
        Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      }
      Set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    Slist headers;
    for (const auto& [name, value] : request.headers) Append(headers, name + ": " + value);
    Append(headers, "Expect:");  // no 100-continue
    Append(headers, "Accept:");
    if (request.method != "GET" && request.method != "HEAD") {
      bool has_type = false;
      for (const auto& header : request.headers) {
        has_type = has_type || base::EqualsIgnoreCase(header.first, "content-type");
      }
      if (!has_type) Append(headers, "Content-Type:");  // not libcurl's form
    }
    Set(CURLOPT_HTTPHEADER, headers.get());
    return headers;
  }

  base::Error ErrorOf(CURLcode code, const Request& request, const Transfer& transfer) const {
    std::string where = request.url.substr(0, request.url.find('/', request.url.find("://") + 3));
    std::string what = error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(code);
    switch (code) {
      case CURLE_ABORTED_BY_CALLBACK:
        return {base::ErrorKind::kCancelled, "interrupted", {}};
      case CURLE_WRITE_ERROR:
        if (transfer.is_too_large) {
          return {base::ErrorKind::kLimitExceeded, where + ": the answer is too large", {}};
        }
        break;
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CACERT_BADFILE:
        return {base::ErrorKind::kAccessDenied,
                where + ": the server's certificate is not trusted: " + what,
                {}};
      default:
        break;
    }
    return {base::ErrorKind::kUnavailable, where + ": " + what, {}};
  }

  const Options options_;
  const std::function<bool()> is_cancelled_;
  CURL* handle_ = nullptr;
  char error_text_[CURL_ERROR_SIZE] = {};
};

}  // namespace

std::string_view Response::Header(std::string_view name) const {
  for (const auto& [header, value] : headers) {
    if (base::EqualsIgnoreCase(header, name)) return value;
  }
  return {};
}

std::unique_ptr<Client> Client::Make(Options options, std::function<bool()> is_cancelled) {
  return std::make_unique<CurlClient>(std::move(options), std::move(is_cancelled));
}

}  // namespace dray::http_client
