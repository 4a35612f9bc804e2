#include "sim/learn/fetch/transfer.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <exception>
#include <new>

namespace gradwire::learn {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t least_bytes = 1024;  ///< per timeout; fewer are a stall
constexpr long most_redirects = 10;
constexpr double connect_seconds = 20.0;

/// State shared by the callbacks of one attempt.
struct Call {
  CURL* curl;
  PartFile& part;
  std::int64_t bytes;  ///< of the whole file
  std::int64_t start;  ///< requested offset
  double timeout_seconds;
  const std::function<bool(std::int64_t)>& tick;

  bool begun = false;            ///< the response has been checked
  std::string refusal;           ///< why its body is rejected; empty: it is not
  std::exception_ptr exception;  ///< thrown in a callback; must not propagate through C
  bool stalled = false;
  Clock::time_point mark = Clock::now();
  curl_off_t mark_bytes = 0;
};

long status_of(CURL* curl) {
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

/// Whether a 206 response carries the requested range; else sets `refusal`.
bool continues(Call& call) {
  curl_header* header = nullptr;
  std::int64_t first = -1;
  std::int64_t total = call.bytes;
  if (curl_easy_header(call.curl, "Content-Range", 0, CURLH_HEADER, -1, &header) == CURLHE_OK) {
    std::sscanf(header->value, "bytes %" SCNd64 "-%*d/%" SCNd64, &first, &total);
  }
  if (first != call.start) call.refusal = "sends another part of the file than asked for";
  if (total != call.bytes) {
    call.refusal = fmt::format("has {} bytes, expected {}", total, call.bytes);
  }
  return call.refusal.empty();
}

/// Checks the response before its first byte is stored; sets `refusal` when it returns false.
bool accept(Call& call) {
  call.begun = true;
  const long status = status_of(call.curl);
  if (status == 206) return continues(call);
  if (status != 200) {
    call.refusal = fmt::format("answers with HTTP {}", status);
    return false;
  }
  curl_off_t length = -1;
  curl_easy_getinfo(call.curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  if (length >= 0 && length != call.bytes) {
    call.refusal = fmt::format("has {} bytes, expected {}", length, call.bytes);
    return false;
  }
  if (call.part.bytes() > 0) call.part.clear();  // no range: the server sends the whole file
  return true;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  Call& call = *static_cast<Call*>(user);
  const std::size_t length = size * count;
  constexpr std::size_t stop = 0;
  try {
    if (!call.begun && !accept(call)) return stop;
    if (call.part.bytes() + static_cast<std::int64_t>(length) > call.bytes) {
      call.refusal = fmt::format("sends more than the expected {} bytes", call.bytes);
      return stop;
    }
    call.part.append({data, length});
  } catch (...) {
    call.exception = std::current_exception();
    return stop;
  }
  return length;
}

int on_progress(void* user, curl_off_t, curl_off_t received, curl_off_t, curl_off_t) {
  Call& call = *static_cast<Call*>(user);
  if (received >= call.mark_bytes + least_bytes) {
    call.mark = Clock::now();
    call.mark_bytes = received;
  }
  const std::chrono::duration<double> silent = Clock::now() - call.mark;
  call.stalled = silent.count() > call.timeout_seconds;
  try {
    return call.stalled || !call.tick(call.part.bytes()) ? 1 : 0;
  } catch (...) {
    call.exception = std::current_exception();
    return 1;
  }
}

Attempt classify_status(long status, PartFile& part) {
  if (status == 416) part.clear();  // the stored bytes are not the beginning of that file
  constexpr std::array passing{408L, 416L, 425L, 429L, 500L, 502L, 503L, 504L};
  const bool passes = std::ranges::find(passing, status) != passing.end();
  return {.end = passes ? Attempt::End::cut : Attempt::End::refused,
          .why = fmt::format("answers with HTTP {}", status)};
}

Attempt::End end_of(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:  // curl's own timeout applies to connecting only
      return Attempt::End::unreached;
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_ABORTED_BY_CALLBACK:
      return Attempt::End::cut;
    default:
      return Attempt::End::refused;
  }
}

}  // namespace

struct Transfer::Handle {
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl{curl_easy_init(), &curl_easy_cleanup};
  std::array<char, CURL_ERROR_SIZE> error{};
  double timeout_seconds = 0.0;
  std::function<bool(std::int64_t)> tick;
};

Transfer::Transfer(double timeout_seconds, std::function<bool(std::int64_t)> tick)
    : handle_(std::make_unique<Handle>()) {
  handle_->timeout_seconds = timeout_seconds;
  handle_->tick = std::move(tick);
  CURL* curl = handle_->curl.get();
  if (curl == nullptr) throw std::bad_alloc();
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, most_redirects);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "gradwire");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);  // Ctrl-C does not wait for name resolution
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(1000.0 * std::min(timeout_seconds, connect_seconds)));
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, handle_->error.data());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &on_progress);
}

Transfer::~Transfer() = default;

Attempt Transfer::get(const std::string& url, PartFile& part, std::int64_t bytes) {
  if (part.bytes() > bytes) part.clear();
  if (part.bytes() == bytes) return {.end = Attempt::End::complete, .why = {}};
  CURL* curl = handle_->curl.get();
  Call call{curl, part, bytes, part.bytes(), handle_->timeout_seconds, handle_->tick};
  const std::string range = fmt::format("{}-", part.bytes());
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_RANGE, part.bytes() > 0 ? range.c_str() : nullptr);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &call);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &call);
  handle_->error.front() = '\0';

  const CURLcode code = curl_easy_perform(curl);
  if (call.exception) std::rethrow_exception(call.exception);
  if (code == CURLE_OK && !call.begun) accept(call);  // a response without a body
  if (!call.refusal.empty()) return {.end = Attempt::End::refused, .why = call.refusal};
  if (call.stalled) {
    curl_off_t connected = 0;
    curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &connected);
    return {.end = connected > 0 ? Attempt::End::cut : Attempt::End::unreached,
            .why = fmt::format("nothing came for {} s", handle_->timeout_seconds)};
  }
  if (code == CURLE_HTTP_RETURNED_ERROR) return classify_status(status_of(curl), part);
  if (part.bytes() == bytes) return {.end = Attempt::End::complete, .why = {}};
  if (code == CURLE_OK) {
    return {.end = Attempt::End::cut,
            .why = fmt::format("ended after {} of {} bytes", part.bytes(), bytes)};
  }
  const char* detail = handle_->error.front() != '\0' ? handle_->error.data() : nullptr;
  return {.end = end_of(code), .why = detail != nullptr ? detail : curl_easy_strerror(code)};
}

}  // namespace gradwire::learn
