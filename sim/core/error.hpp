#pragma once

#include <stdexcept>
#include <string>

namespace gradwire {

/// What the user gave us is wrong: exit status 2, one line on stderr. The message says what was
/// found and what was expected; `where` is a file, with a JSON pointer or an offset behind it.
/// (Anything else that is thrown means that we are wrong, or that the machine failed.)
class InputError : public std::runtime_error {
 public:
  InputError(const std::string& where, const std::string& message)
      : std::runtime_error(where.empty() ? message : where + ": " + message) {}
};

/// The machine would not: a full disk, a missing permission, a dead child. Exit status 1.
class SystemError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace gradwire
