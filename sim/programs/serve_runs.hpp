#pragma once

#include <functional>
#include <string>
#include <vector>

namespace gradwire {

/// A program's main function: command line to exit status.
using MainFunction = std::function<int(int argc, char** argv)>;

/// Executes the runs requested on standard input (sweep::RunRequest) one after another, each by
/// `main_function` in a fork of this process, and prints the exit status of each
/// (sweep::ended_mark). `prepare` is called before each fork, in this process, and may load what
/// later runs can reuse. Precondition: the process has no threads. Returns the exit status.
int serve_runs(const std::string& program, const MainFunction& main_function,
               const std::function<void(const std::vector<std::string>& arguments)>& prepare);

}  // namespace gradwire
