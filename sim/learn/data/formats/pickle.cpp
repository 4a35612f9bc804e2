#include "sim/learn/data/formats/pickle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "sim/core/printable.hpp"
#include "sim/learn/data/files/byte_source.hpp"
#include "sim/learn/data/formats/table.hpp"

namespace gradwire::learn {
namespace {

using Value = PickleValue::Pointer;
using Kind = PickleValue::Kind;
using Values = std::vector<Value>;

constexpr std::size_t most_values = 1'000'000;
constexpr std::size_t longest_name = 60;
constexpr int deepest = 4;  ///< tuples in tuples

Value make(Kind kind) {
  auto value = std::make_shared<PickleValue>();
  value->kind = kind;
  return value;
}

Value number(std::int64_t n) {
  Value value = make(Kind::number);
  value->number = n;
  return value;
}

/// The stack machine of pickles (pickletools), without what runs code.
class Machine {
 public:
  explicit Machine(const std::filesystem::path& file) : in_(file) {}

  Value run() {
    for (;;) {
      at_ = in_.offset();
      const std::uint8_t code = byte();
      if (code == '.') return finish();
      if (++values_ > most_values) in_.fail(at_, fmt::format("more than {} opcodes", most_values));
      step(code);
    }
  }

 private:
  void step(std::uint8_t code) {
    switch (code) {
      case 0x80:  // PROTO
        if (byte() != 2) in_.fail(at_, "expected a pickle of protocol 2");
        return;
      case '(':
        marks_.push_back(stack_.size());
        return;
      case 'N':
        return push(make(Kind::none));
      case 0x88:
        return push(number(1));
      case 0x89:
        return push(number(0));
      case 'K':
        return push(number(little_endian(1)));
      case 'M':
        return push(number(little_endian(2)));
      case 'J':
        return push(number(static_cast<std::int32_t>(little_endian(4))));
      case 'U':
        return push_text(little_endian(1));
      case 'T':
      case 'X':
        return push_text(little_endian(4));
      case ']':
        return push(make(Kind::list));
      case '}':
        return push(make(Kind::dictionary));
      case ')':
        return push_tuple({});
      case 't':
        return push_tuple(pop_to_mark());
      case 0x85:
      case 0x86:
      case 0x87:
        return push_tuple(pop_some(code - 0x84U));
      case 'a':
        return append(pop_some(1), Kind::list);
      case 'e':
        return append(pop_to_mark(), Kind::list);
      case 's':
        return append(pop_some(2), Kind::dictionary);
      case 'u':
        return append(pop_to_mark(), Kind::dictionary);
      case 'q':
        return remember(little_endian(1));
      case 'r':
        return remember(little_endian(4));
      case 'h':
        return recall(little_endian(1));
      case 'j':
        return recall(little_endian(4));
      case 'c':
        return push_global();
      case 'R':
        return reduce();
      case 'b':
        return build();
      default:
        in_.fail(at_, fmt::format("the opcode {:#04x} of this pickle is not supported", code));
    }
  }

  std::uint8_t byte() {
    std::uint8_t value = 0;
    in_.read({&value, 1}, "a pickle");
    return value;
  }

  std::uint32_t little_endian(std::size_t bytes) {
    std::array<std::uint8_t, 4> data{};
    in_.read(std::span(data).first(bytes), "a pickle");
    return std::uint32_t{data[0]} | std::uint32_t{data[1]} << 8U | std::uint32_t{data[2]} << 16U |
           std::uint32_t{data[3]} << 24U;
  }

  void push(Value value) { stack_.push_back(std::move(value)); }

  void push_text(std::uint32_t bytes) {
    if (bytes > in_.at_most_remaining()) {
      in_.fail(at_, fmt::format("a string of {} bytes exceeds the file", bytes));
    }
    const std::vector<std::uint8_t> data = in_.read(bytes, "a string");
    Value value = make(Kind::text);
    value->text.assign(data.begin(), data.end());
    push(std::move(value));
  }

  /// Of values that contain no lists, dictionaries or arrays, so that no value contains itself.
  void push_tuple(Values items) {
    Value value = make(Kind::tuple);
    for (const Value& item : items) {
      const bool simple =
          item->kind != Kind::list && item->kind != Kind::dictionary && item->kind != Kind::array;
      value->depth = std::max(value->depth, item->depth + 1);
      if (!simple || value->depth > deepest) in_.fail(at_, "values are nested in a tuple");
    }
    value->items = std::move(items);
    push(std::move(value));
  }

  /// Values above the newest mark may be taken.
  [[nodiscard]] std::size_t available() const {
    return stack_.size() - (marks_.empty() ? 0 : marks_.back());
  }

  Values pop_some(std::size_t count) {
    if (available() < count) in_.fail(at_, "the pickle takes more values than it has");
    Values values(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return values;
  }

  Values pop_to_mark() {
    if (marks_.empty()) in_.fail(at_, "the pickle takes more values than it has");
    Values values = pop_some(available());
    marks_.pop_back();
    return values;
  }

  Value& top(Kind kind) {
    if (available() == 0 || stack_.back()->kind != kind) {
      in_.fail(at_, "the pickle changes a value of another kind than expected");
    }
    return stack_.back();
  }

  void append(Values values, Kind kind) {
    Value& container = top(kind);
    if (kind == Kind::dictionary && values.size() % 2 != 0) {
      in_.fail(at_, "a dictionary's key has no value");
    }
    for (Value& value : values) {
      const bool is_plain =
          value->kind == Kind::none || value->kind == Kind::number || value->kind == Kind::text;
      const bool may_nest =
          kind == Kind::dictionary && (value->kind == Kind::list || value->kind == Kind::array);
      if (!is_plain && !may_nest) in_.fail(at_, "values are nested in a list or dictionary");
      container->items.push_back(std::move(value));
    }
  }

  void remember(std::uint32_t key) {
    if (available() == 0) in_.fail(at_, "the pickle stores a value that it does not have");
    memo_[key] = stack_.back();
  }

  void recall(std::uint32_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) in_.fail(at_, "the pickle recalls a value that it has not stored");
    push(found->second);
  }

  std::string line() {
    std::string text;
    for (char c = static_cast<char>(byte()); c != '\n'; c = static_cast<char>(byte())) {
      if (text.size() == longest_name) in_.fail(at_, "a name is too long");
      text += c;
    }
    return text;
  }

  void push_global() {
    Value value = make(Kind::global);
    value->text = line() + " ";
    value->text += line();
    for (const char* known :
         {"numpy.core.multiarray _reconstruct", "numpy ndarray", "numpy dtype"}) {
      if (value->text == known) return push(std::move(value));
    }
    in_.fail(at_, fmt::format("the pickle names {}, which is refused",
                              printable(value->text, 2 * longest_name, Lines::one)));
  }

  /// Creates an array, still empty, or a type of elements.
  void reduce() {
    const Values call = pop_some(2);
    const Values& arguments = call[1]->items;
    if (call[0]->kind != Kind::global || call[1]->kind != Kind::tuple || arguments.empty()) {
      in_.fail(at_, "the pickle calls what cannot be called");
    }
    const bool is_type = call[0]->text == "numpy dtype" && arguments[0]->kind == Kind::text;
    const bool is_array = call[0]->text == "numpy.core.multiarray _reconstruct" &&
                          arguments[0]->text == "numpy ndarray";
    if (!is_type && !is_array) in_.fail(at_, "the pickle calls what cannot be called");
    Value value = make(is_type ? Kind::type : Kind::array);
    if (is_type) value->text = arguments[0]->text;
    push(std::move(value));
  }

  /// Sets the state of an array: version, shape, type, whether column-major, bytes.
  void build() {
    const Value state = pop_some(1)[0];
    if (available() > 0 && stack_.back()->kind == Kind::type)
      return;  // its byte order and the like
    Value& array = top(Kind::array);
    const Values& parts = state->items;
    const bool complete = state->kind == Kind::tuple && parts.size() == 5 &&
                          parts[1]->kind == Kind::tuple && parts[2]->kind == Kind::type &&
                          parts[3]->kind == Kind::number && parts[4]->kind == Kind::text;
    if (!complete || parts[2]->text != "u1" || parts[3]->number != 0) {
      in_.fail(at_, "expected an array of unsigned bytes in row-major order");
    }
    array->shape.clear();
    std::uint64_t bytes = 1;
    for (const Value& extent : parts[1]->items) {
      if (extent->kind != Kind::number || extent->number < 0) in_.fail(at_, "a shape is wrong");
      array->shape.push_back(extent->number);
      bytes *= static_cast<std::uint64_t>(extent->number);
    }
    if (array->shape.empty() || array->shape.size() > 2 || bytes != parts[4]->text.size()) {
      in_.fail(at_, fmt::format("an array of {} has {} bytes", shown(array->shape),
                                parts[4]->text.size()));
    }
    array->text = std::move(parts[4]->text);
  }

  Value finish() {
    if (stack_.size() != 1 || !marks_.empty())
      in_.fail(at_, "the pickle ends with values left over");
    in_.expect_end();
    return stack_.back();
  }

  ByteSource in_;
  std::uint64_t at_ = 0;  ///< offset of the opcode
  std::size_t values_ = 0;
  Values stack_;
  std::vector<std::size_t> marks_;  ///< sizes of the stack at the marks
  std::map<std::uint32_t, Value> memo_;
};

}  // namespace

PickleValue::Pointer read_pickle(const std::filesystem::path& file) { return Machine(file).run(); }

}  // namespace gradwire::learn
