// What is reported of programs that fail. Programs that end, crash or hang in a run:
// tests/end_to_end/external_test.py.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/learn/external/problem.hpp"
#include "tests/learn/external/support.hpp"

namespace gradwire::learn::failures_test {
namespace {

using external::error_of;
using external::python;

/// The error of starting a program or of its gradient of worker 1, step 2, or of its evaluation,
/// from "): " or ", step 2: " on.
std::string failure_of(const std::string& source, int processes = 1) {
  const std::string error = error_of([&] {
    ExternalProblem problem(
        {.external = python(source), .workers = 2, .batch_size = 5, .processes = processes});
    const auto own =
        std::make_shared<const ModelVersion>(ModelVersion{0, problem.initial_parameters(), 0.0});
    static_cast<void>(problem.minibatch(1, 2, own)->at(own));
    static_cast<void>(problem.evaluate(own));
  });
  const std::string place = " (process 0), ";
  const std::size_t begin = error.find(place);
  return begin == std::string::npos ? error : error.substr(begin + place.size());
}

const std::string model =
    std::string("import sys; sys.path.insert(0, '") + GRADWIRE_OWN_MODEL + "')\n" + R"(
import numpy as np
import gradwire_model
class Model:
    iterations_per_epoch = 8
    def __init__(self, settings):
        self.settings = settings
    def parameters(self):
        return [("a", np.zeros((2, 2))), ("b", np.zeros(2))]
    def gradient(self, theta, worker, step):
        g, loss, correct, n = theta + 1, 0.5, 1, 5
        CHANGE
        return g, loss, correct, n
    def evaluate(self, theta):
        return {"loss": 1.0, "accuracy": 0.5}
)";

/// A program that executes a statement in gradient().
std::string with_gradient(const std::string& statement) {
  std::string source = model;
  source.replace(source.find("CHANGE"), 6, statement);
  return source + "gradwire_model.serve(Model)\n";
}

/// A program with another statement after the class.
std::string with(const std::string& statement) {
  std::string source = model;
  source.replace(source.find("CHANGE"), 6, "pass");
  return source + statement + "\ngradwire_model.serve(Model)\n";
}

using Case = std::pair<std::string, std::string>;

TEST(ExternalFailures, TheUnchangedProgramHasNone) {
  EXPECT_EQ(failure_of(with_gradient("pass")), "");
}

TEST(ExternalFailures, GradientsOfAnotherShape) {
  const std::string where = "gradient of worker 1, step 2: ";
  for (const auto& [statement, reason] : {
           Case{"g = g[:5]", "ValueError: the gradient has 5 numbers, expected 6"},
           Case{"g = [g[:4], g[4:]]",
                "ValueError: the gradient: a has shape (4,), expected (2, 2)"},
           Case{"g = [g]", "ValueError: the gradient has 1 tensors, expected 2"},
           Case{"g = None", "ValueError: the gradient has 1 numbers, expected 6"},
           Case{"g = np.array(['x'] * 6)",
                "TypeError: Cannot cast array data from dtype('<U1') to "
                "dtype('float32') according to the rule 'same_kind'"},
           Case{"return g, loss",
                "TypeError: gradient() must return (gradient, loss, correct, samples)"},
       }) {
    // numpy's own messages may end with the place in numpy.
    EXPECT_TRUE(failure_of(with_gradient(statement)).starts_with(where + reason)) << reason;
  }
}

TEST(ExternalFailures, NumbersThatAreNotFinite) {
  EXPECT_EQ(failure_of(with_gradient("g[5] = np.nan")),
            "gradient of worker 1, step 2: the loss is finite, but not the gradient: entry 1 of "
            "tensor b is nan");
  EXPECT_EQ(failure_of(with_gradient("g[3] = -np.inf")),
            "gradient of worker 1, step 2: the loss is finite, but not the gradient: entry 3 of "
            "tensor a is -inf");
  EXPECT_EQ(failure_of(with("Model.parameters = lambda self: np.array([1, np.nan])")),
            "parameters: an initial parameter is not finite: entry 1 of tensor parameters is nan");
  EXPECT_EQ(failure_of(with_gradient("g *= np.nan; loss = np.nan")), "") << "a divergence";
}

TEST(ExternalFailures, CountsThatCannotBe) {
  const std::string where = "gradient of worker 1, step 2: does not follow the protocol: ";
  EXPECT_EQ(failure_of(with_gradient("n = 0")),
            where + "samples must be in [1, 1000000000], got 0");
  EXPECT_EQ(failure_of(with_gradient("correct = 6")),
            where + "correct must be at most samples (5), got 6");
  EXPECT_EQ(failure_of(with("Model.evaluate = lambda self, theta: {'loss': 1, 'accuracy': 97.3}")),
            "evaluation: does not follow the protocol: accuracy must be in [0, 1], got 97.3");
}

TEST(ExternalFailures, ProcessesOfDifferentModels) {
  EXPECT_EQ(
      failure_of(with("Model.parameters = lambda self: np.zeros(3 + self.settings.process)"), 2),
      "processes 0 and 1 of the model differ in their tensors or in iterations_per_epoch");
}

/// Frames by hand.
const std::string raw = R"(
import os, socket, struct, sys, time
connection = socket.socket(fileno=int(os.environ["GRADWIRE_SOCKET"]))
def receive():
    size, = struct.unpack("<I", connection.recv(4, socket.MSG_WAITALL))
    return connection.recv(size, socket.MSG_WAITALL)
def send(kind, members=b""):
    connection.sendall(struct.pack("<IB", 1 + len(members), kind) + members)
def hello(version=1, extent=6):
    receive()
    send(1, struct.pack("<IQIQQI", version, 8, 0, 0, 0, 1) +
         struct.pack("<I1sIQ", 1, b"w", 1, extent))
def start():
    hello()
    for kind in (2, 3):
        receive()
        send(kind)
    receive()
outcome = struct.pack("<dQQ", 1.0, 1, 5)
)";

std::string raw_failure_of(const std::string& statements) {
  return failure_of(raw + statements + "\nconnection.recv(1)\n");
}

TEST(ExternalFailures, AStartThatDoesNotFollowTheProtocol) {
  const std::string where = "start: does not follow the protocol: ";
  for (const auto& [statements, reason] : {
           Case{"connection.sendall(b'Hello, world')",
                "a frame of 1819043144 bytes, expected 1 to 1048576"},
           Case{"connection.sendall(bytes(4))", "a frame of 0 bytes, expected 1 to 1048576"},
           Case{"connection.sendall(struct.pack('<I', (1 << 20) + 1))",
                "a frame of 1048577 bytes, expected 1 to 1048576"},
           Case{"receive(); send(1)", "frame 1 ends too early"},
           Case{"receive(); send(4)", "frame 4 where 1 was expected"},
           Case{"receive(); send(200)", "frame 200 where 1 was expected"},
           Case{"hello(extent=0)", "tensor w: extent 0 of dimension 0 is not in [1, 4294967295]"},
           Case{"hello(extent=1 << 40)",
                "tensor w: extent 1099511627776 of dimension 0 is not in [1, 4294967295]"},
       }) {
    EXPECT_EQ(raw_failure_of(statements), where + reason);
  }
  EXPECT_EQ(raw_failure_of("hello(2)"),
            "start: speaks version 2 of the protocol, this gradwire version 1");
}

TEST(ExternalFailures, AnAnswerThatDoesNotFollowTheProtocol) {
  const std::string where = "gradient of worker 1, step 2: ";
  const std::string protocol = where + "does not follow the protocol: ";
  for (const auto& [statements, error] : {
           Case{"send(4, outcome[:-1])", protocol + "frame 4 ends too early"},
           Case{"send(4, outcome + b'x')", protocol + "1 bytes too many in frame 4"},
           Case{"send(5, bytes(16))", protocol + "frame 5 where 4 was expected"},
           Case{"send(6, struct.pack('<I', 9) + b'a')", protocol + "frame 6 ends too early"},
           Case{"send(6, struct.pack('<I', 3) + b'a\\nb')", where + "a b"},
           Case{"connection.sendall(b'xx'); sys.exit()", where + "ended with exit status 0"},
           Case{"connection.close(); time.sleep(1000)", where + "closed its socket"},
       }) {
    EXPECT_EQ(raw_failure_of("start()\n" + statements), error);
  }
  // Both frames arrive before the next request.
  EXPECT_EQ(raw_failure_of("start()\n"
                           "frame = struct.pack('<IB', 25, 4) + outcome\n"
                           "connection.sendall(frame + frame)"),
            "evaluation: does not follow the protocol: it sent bytes without a request");
}

}  // namespace
}  // namespace gradwire::learn::failures_test
