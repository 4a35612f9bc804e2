#pragma once

#include <stdexcept>
#include <string>

namespace gradwire {

/// An error in the user's input: exit status 2, one line on stderr. The message gives what was
/// found and what was expected; `where` is a file, followed by a JSON pointer or an offset; may be
/// empty. (Any other exception is a bug or a failure of the machine.)
class InputError : public std::runtime_error {
 public:
  InputError(const std::string& where, const std::string& message)
      : std::runtime_error(where.empty() ? message : where + ": " + message) {}
};

/// A failure of the system: a full disk, a missing permission, a dead child process. Exit status 1.
class SystemError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace gradwire
