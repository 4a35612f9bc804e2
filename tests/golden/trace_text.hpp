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

/// One line per iteration and worker, each starting with `prefix`; encoded sizes are in bits.
inline std::string trace_rows(TraceReader& trace, const std::string& prefix) {
  std::string rows;
  while (!trace.at_end()) {
    const IterationWork& work = trace.next();
    for (std::size_t m = 0; m < work.workers.size(); ++m) {
      const WorkerWork& worker = work.workers[m];
      rows += fmt::format("{}{},{},{},{},{},{},{},{}", prefix, trace.iterations_read(), m,
                          work.model.value, worker.gradients, worker.auxiliary_gradients,
                          worker.skipped ? 1 : 0, worker.values, worker.payload.value);
      for (const Bits bits : worker.encoded) rows += fmt::format(",{}", bits.value);
      rows += fmt::format(",{},{},{}", work.train.loss, work.train.correct, work.train.samples);
      if (work.test) rows += fmt::format(",{},{}", work.test->loss, work.test->accuracy);
      if (!work.test) rows += ",,";
      rows += "\n";
    }
  }
  return rows;
}

}  // namespace gradwire::testing_support
