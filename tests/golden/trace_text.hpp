#pragma once

#include <fmt/format.h>

#include <string>

#include "sim/trace/trace.hpp"

namespace gradwire::testing_support {

/// The header of trace_rows(): what a trace holds for each worker in each iteration.
inline const char* trace_columns() {
  return "iteration,worker,model_bytes,gradients,auxiliary_gradients,skipped,values,payload_bits,"
         "none,int32,int64,tensor,model,bitmap,golomb,train_loss,train_correct,train_samples,"
         "test_loss,test_accuracy";
}

/// Bits of a message with its values as 32-bit floats, and its positions in this coding.
inline std::int64_t encoded_bits(const Transmission& message, const EncodingNames& names,
                                 const std::string& index) {
  std::int64_t bits = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == "values=float32" || names[i] == "index=" + index) {
      bits += message.encoded[i].value;
    }
  }
  return bits;
}

/// One line per iteration and worker, each starting with `prefix`; encoded sizes are in bits.
inline std::string trace_rows(TraceReader& trace, const std::string& prefix) {
  const EncodingNames& names = trace.header().encodings;
  std::string rows;
  while (!trace.at_end()) {
    const IterationWork& work = trace.next();
    const Exchange& exchange = work.exchanges.at(0);
    for (std::size_t m = 0; m < exchange.parts.size(); ++m) {
      const Part& part = exchange.parts[m];
      rows += fmt::format("{}{},{},{},{},{},{},{},{}", prefix, trace.iterations_read(), m,
                          encoded_bits(exchange.downloads.at(0), names, "none") / 8, part.gradients,
                          part.auxiliary_gradients, part.skipped ? 1 : 0, part.upload.values,
                          part.upload.payload.value);
      for (const char* const index :
           {"none", "int32", "int64", "tensor", "model", "bitmap", "golomb"}) {
        rows += fmt::format(",{}", encoded_bits(part.upload, names, index));
      }
      rows += fmt::format(",{},{},{}", work.train.loss, work.train.correct, work.train.samples);
      if (work.test) rows += fmt::format(",{},{}", work.test->loss, work.test->accuracy.value());
      if (!work.test) rows += ",,";
      rows += "\n";
    }
  }
  return rows;
}

}  // namespace gradwire::testing_support
