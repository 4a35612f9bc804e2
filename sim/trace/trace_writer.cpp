#include <zlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <bit>
#include <stdexcept>
#include <utility>

#include "sim/trace/trace.hpp"

namespace gradwire {

using namespace trace_format;

namespace {

/// The part to store: if the worker sends nothing, with the sizes of its last upload.
Part remembered(const Part& now, const Part& last) {
  if (now.takes_part && !now.skipped) return now;
  Part part = now;
  part.upload = last.upload;
  return part;
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

void put_changes(std::string& out, const Columns& now, const Columns& last, std::size_t columns) {
  std::uint64_t changed = 0;
  for (std::size_t i = 0; i < columns; ++i) {
    if (now[i] != last[i]) changed |= std::uint64_t{1} << i;
  }
  put(out, changed);
  for (std::size_t i = 0; i < columns; ++i) {
    if (now[i] != last[i]) put_difference(out, now[i] - last[i]);
  }
}

std::string shape_of(const IterationWork& work, const ColumnOrder& order) {
  std::string out;
  put(out, work.exchanges.size());
  for (const Exchange& exchange : work.exchanges) {
    put(out, exchange.summable ? 1 : 0);
    put(out, exchange.downloads.size());
    for (const Transmission& message : exchange.downloads) {
      const Columns c = order.columns_of(message);
      for (std::size_t i = 0; i < order.of_message(); ++i) {
        put(out, static_cast<std::uint64_t>(c[i]));
      }
    }
    put(out, exchange.edges.size());
    for (const EdgeMessage& edge : exchange.edges) {
      put(out, static_cast<std::uint64_t>(edge.from));
      put(out, static_cast<std::uint64_t>(edge.to));
    }
  }
  return out;
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

/// Appends the changes of all parts; returns whether there are any.
bool TraceWriter::put_parts(const IterationWork& work, std::string& out) {
  const ColumnOrder order(encodings_.size());
  bool changed = false;
  for (std::size_t e = 0; e < work.exchanges.size(); ++e) {
    const std::vector<Part>& parts = work.exchanges[e].parts;
    std::vector<Part>& last = last_[e].parts;
    const bool first = last.empty();
    last.resize(parts.size());
    for (std::size_t m = 0; m < parts.size(); ++m) {
      const Part& before = first && m > 0 ? last[m - 1] : last[m];
      const Part now = remembered(parts[m], before);
      changed = changed || first || now != before;
      put_changes(out, order.columns_of(now), order.columns_of(before), order.of_part());
      last[m] = now;
    }
  }
  return changed;
}

/// The same for the edges' messages.
bool TraceWriter::put_edges(const IterationWork& work, std::string& out) {
  const ColumnOrder order(encodings_.size());
  bool changed = false;
  for (std::size_t e = 0; e < work.exchanges.size(); ++e) {
    const std::vector<EdgeMessage>& edges = work.exchanges[e].edges;
    std::vector<EdgeMessage>& last = last_[e].edges;
    last.resize(edges.size());
    for (std::size_t i = 0; i < edges.size(); ++i) {
      changed = changed || edges[i].sent != last[i].sent;
      put_changes(out, order.columns_of(edges[i].sent), order.columns_of(last[i].sent),
                  order.of_message());
      last[i] = edges[i];
    }
  }
  return changed;
}

void TraceWriter::add(const IterationWork& work, const std::optional<Evaluation>& evaluation) {
  std::string shape = shape_of(work, ColumnOrder(encodings_.size()));
  const bool reshaped = shape != shape_;
  last_.resize(work.exchanges.size());
  if (reshaped) {
    for (Exchange& exchange : last_) exchange.edges.clear();
  }
  std::string changes;
  const bool parts_changed = put_parts(work, changes);
  const bool edges_changed = put_edges(work, changes);
  const bool changed = parts_changed || edges_changed;
  put(rows_, (changed ? has_parts : 0) | (reshaped ? has_shape : 0) | (evaluation ? has_test : 0) |
                 (evaluation && evaluation->top5_accuracy ? has_top5 : 0) |
                 (evaluation && !evaluation->sources.empty() ? has_sources : 0) |
                 (evaluation && evaluation->objective ? has_objective : 0) |
                 (evaluation && !evaluation->accuracy ? lacks_accuracy : 0) |
                 (evaluation && evaluation->nodes ? has_nodes : 0));
  if (reshaped) rows_ += shape;
  if (changed) rows_ += changes;
  shape_ = std::move(shape);
  put_bytes(rows_, work.train.loss);
  put(rows_, static_cast<std::uint64_t>(work.train.correct));
  put(rows_, static_cast<std::uint64_t>(work.train.samples));
  if (evaluation) {
    put_bytes(rows_, evaluation->loss);
    if (evaluation->accuracy) put_bytes(rows_, *evaluation->accuracy);
    if (evaluation->top5_accuracy) put_bytes(rows_, *evaluation->top5_accuracy);
    if (!evaluation->sources.empty()) put(rows_, evaluation->sources.size());
    for (const auto& [source, accuracy] : evaluation->sources) {
      put_text(rows_, source);
      put_bytes(rows_, accuracy);
    }
    if (const auto& objective = evaluation->objective) {
      put_bytes(rows_, objective->value);
      put_bytes(rows_, objective->gradient_squared_norm);
      put_bytes(rows_, objective->initial_value);
    }
    if (const auto& nodes = evaluation->nodes) {
      put_bytes(rows_, nodes->consensus_distance);
      put_bytes(rows_, nodes->nonzero_share);
      if (evaluation->accuracy) put_bytes(rows_, nodes->mean_accuracy.value());
      if (evaluation->accuracy) put_bytes(rows_, nodes->worst_accuracy.value());
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
  put_text(body, header.model);
  put(body, encodings_.size());
  for (const std::string& name : encodings_) put_text(body, name);
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
