#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "sim/scenario/settings.hpp"

// What is learned: data, loss and model.

namespace gradwire::scenario {
namespace {

constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t trillion = 1'000'000'000'000;

constexpr Choice datasets[] = {{"mnist", "60,000 + 10,000 handwritten digits"},
                               {"fashion-mnist", "60,000 + 10,000 pieces of clothing"},
                               {"cifar10", "50,000 + 10,000 photographs of 10 classes"},
                               {"cifar100", "50,000 + 10,000 photographs of 100 classes"},
                               {"cifar10+mnist", "both, the digits as 32 x 32 colour"},
                               {"synthetic", "Gaussian classes, drawn from the seed"},
                               {"file", "your own files"},
                               {learn::external_data, "read by the command of model external"}};
constexpr std::string_view partitioned[] = {"mnist",         "fashion-mnist", "cifar10", "cifar100",
                                            "cifar10+mnist", "synthetic",     "file"};
constexpr std::string_view photographs[] = {"cifar10", "cifar100", "cifar10+mnist"};
constexpr std::string_view synthetic[] = {"synthetic"};
constexpr std::string_view dirichlet[] = {"dirichlet"};
constexpr std::string_view shards[] = {"shards"};
constexpr std::string_view mlp[] = {"mlp"};
constexpr std::string_view fully_connected[] = {"mlp", "logistic"};
constexpr std::string_view resnet18[] = {"resnet18"};
constexpr std::string_view with_batch_norm[] = {"resnet18", "layers", "torchscript"};
constexpr std::string_view layers[] = {"layers"};
constexpr std::string_view from_file[] = {"layers", "torchscript"};
constexpr std::string_view with_digest[] = {"layers", "torchscript", "external"};
constexpr std::string_view linear[] = {"linear"};
constexpr std::string_view with_initial[] = {"mlp",      "logistic", "cnn",
                                             "resnet18", "linear",   "layers"};
constexpr std::string_view conv[] = {"conv"};
constexpr std::string_view windows[] = {"conv", "max_pool", "average_pool"};
constexpr std::string_view with_bias[] = {"linear", "conv"};
constexpr std::string_view named_layers[] = {"linear", "conv", "batch_norm", "residual"};
constexpr std::string_view adaptive[] = {"adaptive_average_pool"};
constexpr std::string_view leaky[] = {"leaky_relu"};
constexpr std::string_view dropout[] = {"dropout"};
constexpr std::string_view residual[] = {"residual"};
constexpr Choice class_units[] = {{"classes", "as many as the data set has classes"}};
constexpr std::string_view one_output[] = {"logistic", "squared"};
constexpr std::string_view external[] = {"external"};
constexpr std::string_view file_dataset[] = {"file"};

void describe_shard_sizes(SettingVisitor& in, learn::PartitionConfig& c) {
  const Setting setting{
      .key = "sizes",
      .help =
          "number of samples of each worker, in order, or how shares of all are drawn (smaller "
          "is more unequal); none: all the same, the rest is dropped",
      .type = {.kind = Kind::whole,
               .range = {.above = 0, .up_to = 1e6},
               .whole = {1, trillion, "samples"},
               .list = true,
               .draw = "dirichlet",
               .most_items = million,
               .nullable = true}};
  in.entry(setting, {[&c]() -> Json {
                       if (c.sizes_alpha) return {{"dirichlet", *c.sizes_alpha}};
                       return c.sizes.empty() ? Json() : Json(c.sizes);
                     },
                     [&c](const Json& json) {
                       c.sizes.clear();
                       c.sizes_alpha.reset();
                       if (json.is_object()) c.sizes_alpha = json["dirichlet"].get<double>();
                       if (json.is_array()) c.sizes = json.get<std::vector<std::int64_t>>();
                     }});
}

void describe_files(SettingVisitor& in, learn::FileDataConfig& c) {
  in.choice("format", c.format, learn::file_format_choices, "of the files");
  in.text_or_texts("train", c.train, 1000,
                   "the training set's files, relative to the experiment file: one or several for "
                   "libsvm, csv and images_raw, samples and labels for idx and .npy files",
                   Presence::required);
  in.text_or_texts("test", c.test, 1000, "the same of the test set; if empty, split applies");
  in.number("split", c.split, {.above = 0, .below = 1},
            "share of the samples that becomes the test set, drawn from the seed");
  in.texts("arrays", c.arrays, 4,
           "npz: names of the arrays of samples and labels; two more are those of the test set");
  in.text("label", c.label,
          "csv: the label's column, by its name in the header or its number from 0; empty: the "
          "last one");
  in.whole("features", c.features, {1, 2'147'483'647},
           "libsvm: numbers of a sample; unset: those of shape, else the largest index in train");
  in.wholes("shape", c.shape, {1, 2'147'483'647}, 8,
            "of a sample: [28, 28], or [3, 32, 32] with the channels first; empty: as the files "
            "state");
  in.whole("label_bytes", c.label_bytes, {1, 16},
           "images_raw: bytes before a sample's pixels, of which the last one is the label");
  in.number("scale", c.scale, {.above = 0, .up_to = 1e30},
            "a value v becomes (v / scale - mean) / std; 255 makes bytes numbers from 0 to 1");
  constexpr std::size_t most_channels = 1'000'000;
  in.numbers("mean", c.mean, {.at_least = -1e30, .up_to = 1e30}, most_channels,
             "one for all, one per channel, or one per number of a sample of one axis; empty: 0");
  in.numbers("std", c.std, {.above = 0, .up_to = 1e30}, most_channels, "the same; empty: 1");
  in.text("folder", c.folder,
          "that the files' paths begin in, itself relative to the experiment file; filled in");
  in.text("digest", c.digest,
          "XXH3-128 of all samples and labels, before scaling and split; filled in where the data "
          "have been learned, checked when given");
}

}  // namespace

void describe(SettingVisitor& in, learn::DatasetConfig& c) {
  in.variant("name", c.name, datasets, "which data set");
  in.only_for(partitioned, [&] {
    in.object("partition", c.partition, "how the training set is spread over the workers");
  });
  in.only_for(photographs, [&] {
    in.choice("augmentation", c.augmentation, learn::augmentation_choices, "of training images");
  });
  in.only_for(synthetic, [&] {
    in.whole("train_samples", c.train_samples, {1, 10 * million}, "training samples");
    in.whole("test_samples", c.test_samples, {1, 10 * million}, "test samples");
    in.whole("dimension", c.dimension, {1, 100'000}, "numbers of a sample");
    in.whole("classes", c.classes, {2, 256}, "classes, equally likely");
    in.number("separation", c.separation,
              {.at_least = 0, .up_to = 1e6, .unit = "standard deviations"},
              "distance of a class centre from the origin");
  });
  in.only_for(file_dataset, [&] { describe_files(in, c.files); });
}

void describe(SettingVisitor& in, learn::PartitionConfig& c) {
  in.variant("kind", c.kind, learn::partition_choices, "how samples are dealt out");
  in.only_for(dirichlet, [&] {
    in.number("alpha", c.alpha, {.above = 0, .up_to = 1e6},
              "concentration of Dirichlet(alpha, ..., alpha); smaller is more unequal");
  });
  in.only_for(shards, [&] {
    in.whole("shards_per_worker", c.shards_per_worker, {1, million}, "pieces for each worker");
  });
  describe_shard_sizes(in, c);
}

void describe(SettingVisitor& in, learn::LossConfig& c) {
  in.variant("name", c.name, learn::loss_choices, "of a sample");
  in.choice("over", c.over, learn::loss_sum_choices, "what a worker's objective is of its samples");
  in.only_for(one_output, [&] {
    in.choice("labels", c.labels, learn::label_number_choices,
              "y; default: sign for logistic, as_is for squared");
  });
  const Range weight{.at_least = 0, .up_to = 1e12};
  in.number("l2", c.l2, weight, "adds l2 / 2 ||theta||^2, once a worker");
  in.number("nonconvex", c.nonconvex, weight,
            "adds nonconvex sum_i theta_i^2 / (1 + theta_i^2), once a worker (EF21)");
}

void describe_initial(SettingVisitor& in, learn::InitialConfig& c) {
  const auto get = [&c] {
    return c.file.empty() ? Json(name_of(c.kind, learn::initial_choices)) : Json(c.file);
  };
  const auto set = [&c](const Json& json) {
    const auto text = json.get<std::string>();
    const auto* const word = std::ranges::find(learn::initial_choices, text, &Choice::name);
    const bool is_word = word != std::end(learn::initial_choices);
    c.kind = is_word ? value_named<learn::InitialParameters>(text, learn::initial_choices)
                     : learn::InitialParameters::default_;
    c.file = is_word ? std::string() : text;
  };
  in.entry({.key = "initial",
            .help = "theta^0: default (PyTorch's, drawn by the seed), zeros, or an .npz file, "
                    "relative to the experiment file, with an array for each parameter",
            .type = {.kind = Kind::text}},
           {get, set});
  in.text("initial_digest", c.digest,
          "XXH3-128 of the bytes of that file, in hex; filled in when empty, checked when given");
}

void describe(SettingVisitor& in, learn::ModelConfig& c) {
  in.variant("name", c.name, learn::model_choices, "which model");
  in.only_for(mlp, [&] {
    in.wholes("hidden", c.hidden, {1, million, "units"}, 64,
              "width of each hidden layer; an empty list is logistic regression");
  });
  in.only_for(fully_connected, [&] {
    in.choice("gradient", c.gradient, learn::gradient_choices, "who computes gradients");
  });
  in.only_for(resnet18, [&] {
    in.whole("width", c.width, {1, 1024, "channels"}, "of the first stage; 64 is ResNet-18 itself");
  });
  in.only_for(with_batch_norm, [&] {
    in.choice("batch_norm", c.batch_norm, learn::batch_norm_choices, "whose running statistics");
  });
  in.only_for(linear, [&] { in.flag("bias", c.bias, "whether outputs have a constant term"); });
  in.only_for(with_initial, [&] { describe_initial(in, c.initial); });
  in.only_for(external, [&] {
    constexpr std::size_t most_words = 1000;
    in.texts("command", c.external.command, most_words,
             "a program and its arguments, such as [\"python3\", \"my_model.py\"]; it computes "
             "gradients (experiments/own-model)",
             Presence::required);
    in.text("folder", c.external.folder,
            "where the command is executed, relative to the experiment file; by default the "
            "file's own folder");
    in.time("timeout", c.external.timeout,
            "how long the program may take for an answer: its start, a gradient, an evaluation");
  });
  in.only_for(layers, [&] {
    in.objects("layers", c.layers, learn::most_layers,
               "from the images to one logit per class; the sizes of inputs follow from it");
  });
  in.only_for(from_file, [&] {
    in.text("file", c.file,
            "relative to the experiment file; torchscript: the module; layers: a JSON file "
            "{\"layers\": [...]} in place of the list");
  });
  in.only_for(with_digest, [&] {
    in.text("digest", c.digest,
            "XXH3-128 of the bytes of the file, or of the files that the command names, in hex; "
            "filled in when empty, checked when given");
  });
}

void describe(SettingVisitor& in, learn::LayerConfig& c) {
  in.variant("kind", c.kind, learn::layer_choices, "what it computes");
  in.only_for(named_layers, [&] {
    in.text("name", c.name,
            "begins the names of its parameters; empty: its number in the list, from 0");
  });
  in.entry({.key = "units",
            .help = "outputs",
            .type = {.kind = Kind::whole, .whole = {1, million}, .choices = class_units},
            .only_for = linear},
           {[&c] { return c.units == 0 ? Json(class_units[0].name) : Json(c.units); },
            [&c](const Json& json) { c.units = json.is_string() ? 0 : json.get<std::int64_t>(); }});
  in.only_for(conv, [&] {
    in.whole("channels", c.channels, {1, 65536}, "outputs", Presence::required);
  });
  in.only_for(windows, [&] {
    in.whole("kernel", c.kernel, {1, 1024, "pixels"}, "rows and columns of its window");
    in.whole("stride", c.stride, {1, 1024, "pixels"},
             "from one window to the next; none: 1, and the kernel of a pool");
    in.whole("padding", c.padding, {0, 1024, "pixels"}, "added on each side");
  });
  in.only_for(with_bias, [&] { in.flag("bias", c.bias, "adds a constant to each output"); });
  in.only_for(adaptive, [&] {
    in.whole("size", c.size, {1, 1024, "pixels"}, "rows and columns of its output");
  });
  in.only_for(leaky, [&] {
    in.number("slope", c.slope, {.at_least = 0, .up_to = 1}, "of the negative side");
  });
  in.only_for(dropout,
              [&] { in.number("p", c.p, {.at_least = 0, .below = 1}, "probability of a zero"); });
  in.only_for(residual, [&] {
    in.recursive_objects("layers", c.layers, learn::most_layers, "between its input and the sum");
    in.recursive_objects("shortcut", c.shortcut, learn::most_layers,
                         "the other summand; empty: its input itself");
  });
}

}  // namespace gradwire::scenario
