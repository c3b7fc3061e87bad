// SPDX-License-Identifier: Apache-2.0
// Result<T> holds either a T or an Error. Every function that can fail returns one; the compiler
// warns when a caller drops it. The names are those of std::expected, so that it can be replaced by
// an alias once our compilers have it.
#pragma once

#include <cassert>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace dray::base {

enum class ErrorKind {
  kInvalidArgument,  // the caller's request is wrong, whatever the state of the system
  kNotFound,
  kAlreadyExists,
  kInUse,          // exists, but its state does not allow the operation now
  kAccessDenied,   // known caller, not allowed; or caller not authenticated
  kLimitExceeded,  // a quota or a size limit
  kCorruption,     // stored or received bytes contradict their format or checksum
  kIo,             // file or network
  kUnavailable,    // may work later without any change
  kCancelled,
  kInternal,
};

struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;  // a sentence for the user, without trailing newline
  // The module's own name for the precise cause, or empty. Always a constant with static storage,
  // declared in the module's public header (`objects::reason::kNoSuchBucket`). Wire names are
  // derived from it in api/*/error_mapping.cc and nowhere else.
  std::string_view reason = {};
};

// Puts `context` and ": " before the message, as an error travels upwards through a file or line.
Error WithContext(Error error, std::string_view context);

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value)  // NOLINT(google-explicit-constructor)
      : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error)  // NOLINT(google-explicit-constructor)
      : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& operator*() & {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  const T& operator*() const& {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  T&& operator*() && {
    assert(has_value());
    return std::move(*std::get_if<0>(&state_));
  }
  T* operator->() {
    assert(has_value());
    return std::get_if<0>(&state_);
  }
  const T* operator->() const {
    assert(has_value());
    return std::get_if<0>(&state_);
  }

  const Error& error() const& {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    assert(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

using Status = Result<std::monostate>;
inline Status Ok() { return std::monostate{}; }

}  // namespace dray::base

#define BASE_CONCAT_(a, b) a##b
#define BASE_CONCAT(a, b) BASE_CONCAT_(a, b)

#define RETURN_IF_ERROR(expression)                            \
  do {                                                         \
    auto base_status_ = (expression);                          \
    if (!base_status_) return std::move(base_status_).error(); \
  } while (false)

#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_(BASE_CONCAT(base_result_, __LINE__), declaration, expression)
#define ASSIGN_OR_RETURN_(result, declaration, expression) \
  auto result = (expression);                              \
  if (!result) return std::move(result).error();           \
  declaration = *std::move(result)
