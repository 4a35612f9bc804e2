#include "sim/learn/blas.hpp"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <torch/version.h>

#include <mutex>
#include <regex>

namespace gradwire::learn {
namespace {

/// The function of this name in any loaded library; null when none exports it.
template <class Function>
Function* loaded_function(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

void use_one_thread_in_this_process() {
  at::set_num_threads(1);
  try {
    at::set_num_interop_threads(1);
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): that pool already runs,
  }                                  // but gets no work
  if (auto* set = loaded_function<void(int)>("openblas_set_num_threads")) set(1);
}

}  // namespace

void use_one_thread_per_gradient() {
  static std::once_flag process;
  std::call_once(process, use_one_thread_in_this_process);
  // OpenMP's number of threads is a per-thread setting.
  thread_local const bool thread = (at::set_num_threads(1), true);
  static_cast<void>(thread);
}

std::string blas_name() {
  if (auto* config = loaded_function<char*()>("openblas_get_config")) {
    std::string name = config();
    while (!name.empty() && name.back() == ' ') name.pop_back();
    auto* core = loaded_function<char*()>("openblas_get_corename");
    if (core != nullptr && name.find(core()) == std::string::npos)
      name += std::string(" ") + core();
    return name;
  }
  Dl_info info{};
  void* sgemm = dlsym(RTLD_DEFAULT, "sgemm_");
  const bool found = sgemm != nullptr && dladdr(sgemm, &info) != 0 && info.dli_fname != nullptr;
  return std::string("unknown BLAS (") + (found ? info.dli_fname : "inside LibTorch") + ")";
}

std::string torch_version() { return TORCH_VERSION; }

std::string onednn_version() {
  // "Intel(R) MKL-DNN v2.7.2 (Git Hash ...)"
  static const std::regex number(R"(v([0-9]+(\.[0-9]+)+))");
  const std::string text = at::get_mkldnn_version();
  std::smatch found;
  return std::regex_search(text, found, number) ? found[1].str() : "none";
}

}  // namespace gradwire::learn
