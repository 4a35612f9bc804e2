#include <zlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <bit>
#include <stdexcept>

#include "sim/trace/trace.hpp"
#include "sim/trace/trace_format.hpp"

namespace gradwire {

using namespace trace_format;

namespace {

/// The work to store for a worker: if it skips, with the sizes of its last upload.
WorkerWork remembered(const WorkerWork& now, const WorkerWork& last) {
  if (!now.skipped) return now;
  WorkerWork work = last;
  work.gradients = now.gradients;
  work.auxiliary_gradients = now.auxiliary_gradients;
  work.skipped = true;
  return work;
}

void put(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>((number & 0x7f) | 0x80);
  out += static_cast<char>(number);
}

void put_difference(std::string& out, std::int64_t number) {
  put(out, (static_cast<std::uint64_t>(number) << 1) ^ static_cast<std::uint64_t>(number >> 63));
}

template <class T>
void put_bytes(std::string& out, T value) {
  static_assert(std::endian::native == std::endian::little, "bytes go out as they lie in memory");
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_text(std::string& out, const std::string& text) {
  put(out, text.size());
  out += text;
}

void put_worker(std::string& out, const WorkerWork& now, const WorkerWork& last) {
  const Columns a = columns_of(last);
  const Columns b = columns_of(now);
  std::uint64_t changed = 0;
  for (std::size_t i = 0; i < columns; ++i) {
    if (a[i] != b[i]) changed |= std::uint64_t{1} << i;
  }
  put(out, changed);
  for (std::size_t i = 0; i < columns; ++i) {
    if (a[i] != b[i]) put_difference(out, b[i] - a[i]);
  }
}

std::string packed(const std::string& body) {
  uLongf size = compressBound(body.size());
  std::string result(size, '\0');
  const int status = compress2(reinterpret_cast<Bytef*>(result.data()), &size,
                               reinterpret_cast<const Bytef*>(body.data()), body.size(), 6);
  if (status != Z_OK) throw std::runtime_error("zlib does not pack the trace");
  result.resize(size);
  return result;
}

}  // namespace

void TraceWriter::add(const IterationWork& work, const std::optional<Evaluation>& evaluation) {
  const bool first = last_.empty();
  std::string changes;
  bool changed = first;
  last_.resize(work.workers.size());
  for (std::size_t m = 0; m < work.workers.size(); ++m) {
    const WorkerWork& before = first && m > 0 ? last_[m - 1] : last_[m];
    const WorkerWork now = remembered(work.workers[m], before);
    changed = changed || now != before;
    put_worker(changes, now, before);
    last_[m] = now;
  }
  const bool resized = work.model != model_;
  put(rows_, (changed ? has_work : 0) | (resized ? has_model : 0) | (evaluation ? has_test : 0) |
                 (evaluation && evaluation->top5_accuracy ? has_top5 : 0) |
                 (evaluation && !evaluation->sources.empty() ? has_sources : 0));
  if (changed) rows_ += changes;
  if (resized) put(rows_, static_cast<std::uint64_t>(work.model.value));
  model_ = work.model;
  put_bytes(rows_, work.train.loss);
  put(rows_, static_cast<std::uint64_t>(work.train.correct));
  put(rows_, static_cast<std::uint64_t>(work.train.samples));
  if (evaluation) {
    put_bytes(rows_, evaluation->loss);
    put_bytes(rows_, evaluation->accuracy);
    if (evaluation->top5_accuracy) put_bytes(rows_, *evaluation->top5_accuracy);
    if (!evaluation->sources.empty()) put(rows_, evaluation->sources.size());
    for (const auto& [source, accuracy] : evaluation->sources) {
      put_text(rows_, source);
      put_bytes(rows_, accuracy);
    }
  }
  ++iterations_;
}

std::string TraceWriter::file(TraceHeader header) const {
  std::string body;
  for (const std::int64_t number :
       {header.workers, iterations_, header.iterations_per_epoch, header.parameters,
        header.server_state.value, header.worker_state.value, std::int64_t{header.diverged}}) {
    put(body, static_cast<std::uint64_t>(number));
  }
  put_text(body, header.blas);
  put_text(body, header.learning);
  body += rows_;
  const std::string data = packed(body);
  std::string file(magic);
  put_bytes(file, version);
  put_bytes(file, std::uint32_t{0});
  put_bytes(file, std::uint64_t{data.size()});
  put_bytes(file, std::uint64_t{body.size()});
  put_bytes(file, std::uint64_t{XXH3_64bits(data.data(), data.size())});
  return file + data;
}

}  // namespace gradwire
