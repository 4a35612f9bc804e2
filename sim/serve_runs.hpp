#pragma once

#include <functional>
#include <string>
#include <vector>

namespace gradwire {

/// What a program does with the arguments of its command line; gives the exit status.
using MainFunction = std::function<int(int argc, char** argv)>;

/// Does one run after the other, as standard input asks for them (experiment::RunRequest), each by
/// `main_function` in a copy of this process, and says how each ended. `prepare` is called before,
/// in this process, where it may keep what the next run can use too. Only for a process without
/// threads. Gives the exit status.
int serve_runs(const std::string& program, const MainFunction& main_function,
               const std::function<void(const std::vector<std::string>& arguments)>& prepare);

}  // namespace gradwire
