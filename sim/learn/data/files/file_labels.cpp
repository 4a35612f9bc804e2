#include "sim/learn/data/files/file_labels.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "sim/core/error.hpp"
#include "sim/core/printable.hpp"

namespace gradwire::learn {
namespace {

constexpr std::size_t longest_name = 60;

template <class T>
std::vector<T> distinct(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

template <class T>
Label class_of(const std::vector<T>& classes, const T& value) {
  return static_cast<Label>(std::ranges::lower_bound(classes, value) - classes.begin());
}

bool are_own_numbers(const std::vector<double>& values) {
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (values[k] != static_cast<double>(k)) return false;
  }
  return true;
}

void map_numbers(const Table& train, const Table& test, FileLabels& labels) {
  std::vector<double> all = train.labels;
  all.insert(all.end(), test.labels.begin(), test.labels.end());
  labels.values = distinct(std::move(all));
  labels.classes = static_cast<std::int64_t>(labels.values.size());
  for (const double value : train.labels) labels.train.push_back(class_of(labels.values, value));
  for (const double value : test.labels) labels.test.push_back(class_of(labels.values, value));
  if (are_own_numbers(labels.values)) labels.values.clear();
}

std::vector<Label> map_names(const Table& table, const std::vector<std::string>& names) {
  std::vector<Label> class_of_name;
  for (const std::string& name : table.label_names) class_of_name.push_back(class_of(names, name));
  std::vector<Label> labels;
  for (const double index : table.labels) {
    labels.push_back(class_of_name[static_cast<std::size_t>(index)]);
  }
  return labels;
}

void map_texts(const Table& train, const Table& test, FileLabels& labels) {
  std::vector<std::string> all = train.label_names;
  all.insert(all.end(), test.label_names.begin(), test.label_names.end());
  labels.names = distinct(std::move(all));
  labels.classes = static_cast<std::int64_t>(labels.names.size());
  labels.train = map_names(train, labels.names);
  labels.test = map_names(test, labels.names);
}

/// "a, b, c", or "a, b, ... and z".
template <class T>
std::string list_of(const std::vector<T>& items) {
  constexpr std::size_t most = 10;
  if (items.size() <= most) return fmt::format("{}", fmt::join(items, ", "));
  return fmt::format("{}, ... and {}", fmt::join(std::span(items).first(most - 1), ", "),
                     items.back());
}

}  // namespace

std::vector<std::string> FileLabels::remarks() const {
  if (values.empty() && names.empty()) return {};
  constexpr std::size_t longest = 300;
  const std::string list =
      printable(names.empty() ? list_of(values) : list_of(names), longest, Lines::one);
  return {fmt::format("The labels of the data are {}; in this order they are the classes 0 to {}.",
                      list, classes - 1)};
}

void require_trained_labels(const Dataset& data) {
  if (data.name != file_dataset) return;
  std::vector<bool> trained(static_cast<std::size_t>(data.classes));
  for (const Label label : data.train.labels()) trained[static_cast<std::size_t>(label)] = true;
  for (const Label label : data.test.labels()) {
    const auto k = static_cast<std::size_t>(label);
    if (trained[k]) continue;
    std::string name = std::to_string(label);
    if (!data.label_values.empty()) name = fmt::format("{}", data.label_values[k]);
    if (!data.label_names.empty()) name = data.label_names[k];
    throw InputError("/base/dataset",
                     fmt::format("the label {} of a test sample, which no training sample has, "
                                 "cannot be learned",
                                 printable(name, longest_name, Lines::one)));
  }
}

FileLabels class_labels(const Table& train, const Table& test) {
  FileLabels labels;
  const bool text = !train.label_names.empty();
  if (!test.labels.empty() && text == test.label_names.empty()) {
    throw InputError("/base/dataset/test",
                     fmt::format("expected {} as labels, as in the training set, found {}",
                                 text ? "text" : "numbers", text ? "numbers" : "text"));
  }
  (text ? map_texts : map_numbers)(train, test, labels);
  return labels;
}

}  // namespace gradwire::learn
