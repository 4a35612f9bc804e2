#include "sim/algorithms/methods.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>

#include "sim/algorithms/asynchronous/downpour.hpp"
#include "sim/algorithms/asynchronous/elastic.hpp"
#include "sim/algorithms/asynchronous/federated.hpp"
#include "sim/algorithms/compressors/atomo.hpp"
#include "sim/algorithms/compressors/grid.hpp"
#include "sim/algorithms/compressors/half.hpp"
#include "sim/algorithms/compressors/identity.hpp"
#include "sim/algorithms/compressors/low_rank.hpp"
#include "sim/algorithms/compressors/natural.hpp"
#include "sim/algorithms/compressors/one_bit.hpp"
#include "sim/algorithms/compressors/qsgd.hpp"
#include "sim/algorithms/compressors/random_k.hpp"
#include "sim/algorithms/compressors/rounded_values.hpp"
#include "sim/algorithms/compressors/sign.hpp"
#include "sim/algorithms/compressors/ternary.hpp"
#include "sim/algorithms/compressors/top_k.hpp"
#include "sim/algorithms/gossip/choco.hpp"
#include "sim/algorithms/gossip/d_psgd.hpp"
#include "sim/algorithms/gossip/dcd_psgd.hpp"
#include "sim/algorithms/gossip/deep_squeeze.hpp"
#include "sim/algorithms/gossip/ecd_psgd.hpp"
#include "sim/algorithms/gossip/gradient_tracking.hpp"
#include "sim/algorithms/gossip/push_sum.hpp"
#include "sim/algorithms/memory/difference.hpp"
#include "sim/algorithms/memory/error_feedback.hpp"
#include "sim/algorithms/memory/error_reset.hpp"
#include "sim/algorithms/memory/momentum_correction.hpp"
#include "sim/algorithms/memory/no_memory.hpp"
#include "sim/algorithms/sampled_workers.hpp"
#include "sim/algorithms/send_rules/always.hpp"
#include "sim/algorithms/send_rules/censored.hpp"
#include "sim/algorithms/send_rules/cmfl.hpp"
#include "sim/algorithms/send_rules/lag_ps.hpp"
#include "sim/algorithms/send_rules/lag_wk.hpp"
#include "sim/algorithms/send_rules/laq.hpp"
#include "sim/algorithms/send_rules/lasg.hpp"
#include "sim/algorithms/send_rules/lasg_ps.hpp"
#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/algorithms/server_steps/adagrad.hpp"
#include "sim/algorithms/server_steps/adaptive.hpp"
#include "sim/algorithms/server_steps/descent.hpp"
#include "sim/algorithms/server_steps/majority_vote.hpp"

namespace gradwire::algorithms {
namespace {

constexpr MethodDefault scaled_by_l1[] = {{"scale", "l1"}};
constexpr MethodDefault of_laq[] = {{"bits", std::int64_t{4}},
                                    {"bucket", "model"},
                                    {"max_delay", std::int64_t{100}},
                                    {"window", std::int64_t{10}},
                                    {"threshold_scale", 0.8}};
constexpr MethodDefault of_slaq[] = {{"bits", std::int64_t{3}},        {"bucket", "model"},
                                     {"max_delay", std::int64_t{100}}, {"window", std::int64_t{9}},
                                     {"threshold_scale", 0.72},        {"threshold_error", 1.5},
                                     {"threshold_offset", 0.2}};
constexpr MethodDefault of_ef21[] = {
    {"density", 0.05}, {"selection", "whole_model"}, {"first_message", "dense"}};
constexpr MethodDefault of_ef21_momentum[] = {
    {"density", 0.05}, {"selection", "whole_model"}, {"first_message", "dense"},
    {"momentum", 0.9}, {"dampening", 0.9},           {"momentum_at", "worker"}};
constexpr MethodDefault of_diana[] = {{"levels", std::int64_t{1}},
                                      {"norm", "max"},
                                      {"bucket", std::int64_t{512}},
                                      {"difference_step", 0.0846}};
constexpr MethodDefault of_dgc[] = {
    {"density", 0.001}, {"momentum", 0.9}, {"momentum_at", "worker"}};
// The code's 0.0005 per step of the model is for gradients with the factor 1/M, M = 10: 0.05 for
// those without, 0.5 for their window's mean.
constexpr MethodDefault cada_on_ijcnn1[] = {
    {"max_delay", std::int64_t{100}}, {"threshold_scale", 0.5}, {"threshold_by", "nothing"}};
constexpr MethodDefault powersgd_defaults[] = {
    {"gamma", "outside"}, {"momentum", 0.9}, {"nesterov", true}, {"weight_decay", 1e-4}};
constexpr MethodDefault atomo_defaults[] = {{"rank", std::int64_t{3}}};
constexpr MethodDefault signs_of_momentum[] = {{"momentum", 0.9}, {"momentum_at", "worker"}};
constexpr MethodDefault signs_of_gradients[] = {{"momentum_at", "worker"}};
constexpr MethodDefault gamma_outside[] = {{"gamma", "outside"}};
constexpr MethodDefault terngrad_defaults[] = {{"momentum", 0.9}};

// Local steps. Their momentum and weight decay act at the worker.
constexpr MethodDefault of_local_sgd[] = {{"local_steps", std::int64_t{8}},
                                          {"momentum_at", "worker"}};
constexpr MethodDefault of_post_local_sgd[] = {{"local_steps", std::int64_t{32}},
                                               {"local_begin", "first_decay"},
                                               {"momentum", 0.9},
                                               {"nesterov", true},
                                               {"weight_decay", 1e-4},
                                               {"momentum_at", "worker"}};
constexpr MethodDefault of_sasgd[] = {{"local_steps", std::int64_t{50}},
                                      {"offer", "gradients"},
                                      {"global_rate", 0.0},
                                      {"momentum_at", "worker"}};
constexpr MethodDefault of_block_momentum[] = {{"local_steps", std::int64_t{8}}, {"momentum", 0.9}};
constexpr MethodDefault of_diloco[] = {{"local_steps", std::int64_t{500}},
                                       {"momentum", 0.9},
                                       {"nesterov", true},
                                       {"global_rate", 0.7}};
constexpr MethodDefault of_fedavg[] = {{"local_epochs", std::int64_t{1}},
                                       {"momentum_at", "worker"}};
constexpr MethodDefault of_fedprox[] = {
    {"local_epochs", std::int64_t{20}}, {"proximal", 1.0}, {"momentum_at", "worker"}};
constexpr MethodDefault of_adaptive_federated[] = {{"local_epochs", std::int64_t{1}},
                                                   {"global_rate", 0.01},
                                                   {"beta1", 0.9},
                                                   {"beta2", 0.99},
                                                   {"epsilon", 1e-3}};
constexpr MethodDefault of_qsparse[] = {{"local_steps", std::int64_t{8}},
                                        {"kept_values", "quantised"},
                                        {"levels", std::int64_t{256}},
                                        {"momentum_at", "worker"}};
constexpr MethodDefault of_cser[] = {{"local_steps", std::int64_t{8}}, {"momentum_at", "worker"}};
constexpr MethodDefault of_hier_avg[] = {{"local_steps", std::int64_t{4}},
                                         {"global_steps", std::int64_t{16}},
                                         {"momentum_at", "worker"}};
constexpr MethodDefault of_scaffold[] = {
    {"local_steps", std::int64_t{10}}, {"control_variates", true}, {"momentum_at", "worker"}};

// Decentralised methods.
constexpr MethodDefault of_choco[] = {{"density", 0.01}, {"contraction", true}};
constexpr MethodDefault of_malcom[] = {
    {"levels", std::int64_t{16}}, {"bucket", "model"}, {"contraction", true}, {"consensus", 0.03}};
constexpr MethodDefault of_eight_bits[] = {{"levels", std::int64_t{127}},
                                           {"bucket", std::int64_t{512}}};
constexpr MethodDefault of_deep_squeeze[] = {{"consensus", 0.1}};

// Asynchronous servers.
constexpr MethodDefault of_mdownpour[] = {{"momentum", 0.9}, {"nesterov", true}};
constexpr MethodDefault of_eamsgd[] = {{"momentum", 0.99}};
constexpr MethodDefault of_fed_async[] = {
    {"local_steps", std::int64_t{10}}, {"global_rate", 0.6}, {"staleness_exponent", 0.5}};
constexpr MethodDefault of_fed_buff[] = {{"local_steps", std::int64_t{10}},
                                         {"staleness_exponent", 0.5}};

constexpr std::array table{
    Method{.group = "plain",
           .name = "sgd",
           .label = "SGD",
           .summary = "every worker sends its whole gradient in every iteration",
           .source = "",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .reduction = Reduction::sum},
    Method{.group = "sparse",
           .name = "sparse",
           .label = "Sparse",
           .summary = "top-k with error memory, sent in every iteration",
           .source = "Aji, Heafield, arXiv 1704.05021; Stich et al., arXiv 1809.07599",
           .send = &always_kind,
           .compress = &top_k_kind,
           .memory = &error_feedback_kind,
           .server_step = &descent_kind,
           .reduction = Reduction::sum},
    Method{.group = "lazy",
           .name = "lasg",
           .label = "LASG",
           .summary = "whole gradients, sent only when they changed enough (lazy)",
           .source = "Chen et al., arXiv 2002.11360 (WK2), as in the SASG authors' notebooks",
           .send = &lasg_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .reduction = Reduction::sum,
           .models_in_notebook = 2},
    Method{.group = "lazy and compressed",
           .name = "sasg",
           .label = "SASG",
           .summary = "top-k with error memory, sent only when the gradient changed enough",
           .source = "arXiv 2112.04088, Algorithm 1, and its authors' notebooks",
           .send = &lasg_kind,
           .compress = &top_k_kind,
           .memory = &error_feedback_kind,
           .server_step = &descent_kind,
           .reduction = Reduction::sum,
           .models_in_notebook = 2},
    Method{.group = "sparse",
           .name = "random_k",
           .label = "Random-k",
           .summary = "entries drawn at random, with error memory",
           .source = "Stich et al., arXiv 1809.07599 (Mem-SGD)",
           .send = &always_kind,
           .compress = &random_k_kind,
           .memory = &error_feedback_kind,
           .server_step = &descent_kind},
    Method{.group = "signs",
           .name = "ef_signsgd",
           .label = "EF-signSGD",
           .summary = "signs and one scale per tensor, with error memory",
           .source = "Karimireddy et al., arXiv 1901.09847, Algorithm 1; the mean over workers is "
                     "not in the paper",
           .send = &always_kind,
           .compress = &sign_kind,
           .memory = &error_feedback_kind,
           .server_step = &descent_kind,
           .defaults = scaled_by_l1},
    Method{.group = "quantised",
           .name = "qsgd",
           .label = "QSGD",
           .summary = "values quantised at random to a few levels of the norm",
           .source = "Alistarh et al., arXiv 1610.02132, Algorithm 1, with a server in place of an "
                     "exchange between all",
           .send = &always_kind,
           .compress = &qsgd_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind},
    Method{.group = "lazy",
           .name = "lag_wk",
           .label = "LAG-WK",
           .summary = "whole gradients, sent only when they differ enough from the last ones sent",
           .source = "Chen et al., arXiv 1805.09965, as in the authors' code, but all workers send "
                     "in the first iteration (there, none in the first ten, in which the server "
                     "uses gradients of ones)",
           .send = &lag_wk_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .reduction = Reduction::sum},
    Method{.group = "lazy",
           .name = "lag_ps",
           .label = "LAG-PS",
           .summary = "the server requests a whole gradient only of workers whose smoothness and "
                      "the model's movement allow a large change",
           .source = "Chen et al., arXiv 1805.09965, as in the authors' code, but all workers send "
                     "in the first iteration (there, none in the first ten, in which the server "
                     "uses gradients of ones)",
           .send = &lag_ps_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .reduction = Reduction::sum},
    Method{.group = "signs",
           .name = "signsgd",
           .label = "signSGD",
           .summary = "signs up, and the signs of the majority down; every entry moves by the "
                      "learning rate, which is far smaller than SGD's (1e-4 on ImageNet)",
           .source = "Bernstein et al., arXiv 1802.04434 and 1810.05291, Algorithm 1; as in the "
                     "authors' code weight decay acts after the vote, and ties and signs of 0 "
                     "are +1",
           .send = &always_kind,
           .compress = &sign_kind,
           .memory = &no_memory_kind,
           .server_step = &majority_vote_kind,
           .reduction = Reduction::sum,
           .defaults = signs_of_gradients},
    Method{.group = "signs",
           .name = "signum",
           .label = "Signum",
           .summary = "signSGD with the signs of a momentum at each worker",
           .source =
               "Bernstein et al., arXiv 1810.05291, Algorithm 1, and the authors' code, whose "
               "buffer is 1 - momentum times the one here (PyTorch's), with the same signs",
           .send = &always_kind,
           .compress = &sign_kind,
           .memory = &no_memory_kind,
           .server_step = &majority_vote_kind,
           .reduction = Reduction::sum,
           .defaults = signs_of_momentum},
    Method{.group = "signs",
           .name = "one_bit",
           .label = "1-bit SGD",
           .summary = "one bit per entry and two means per column, with error memory",
           .source =
               "Seide et al., Interspeech 2014; bits and two floats per column as in Alistarh "
               "et al., arXiv 1610.02132; a server in place of an exchange between all",
           .send = &always_kind,
           .compress = &one_bit_kind,
           .memory = &error_feedback_kind,
           .server_step = &descent_kind,
           .unverified = "the paper's text; its columns are taken to be the entries of one output "
                         "(a row of PyTorch's [out, in] and [out, in, k, k]), a bias one column, "
                         "and gamma outside the memory",
           .defaults = gamma_outside},
    Method{.group = "lazy and compressed",
           .name = "laq",
           .label = "LAQ",
           .summary = "changes of the gradient on a grid of b bits, sent only when large enough",
           .source = "Sun et al., arXiv 1909.07588, Algorithm 1, and its authors' code, which "
                     "counts b d bits without the radius",
           .send = &laq_kind,
           .compress = &grid_kind,
           .memory = &difference_kind,
           .server_step = &descent_kind,
           .reduction = Reduction::sum,
           .defaults = of_laq},
    Method{.group = "lazy and compressed",
           .name = "slaq",
           .label = "SLAQ",
           .summary = "LAQ for minibatches: half the errors and a constant in the threshold",
           .source =
               "Sun et al., arXiv 1909.07588, as in the authors' code: factor 1.5 on the "
               "errors, offset 0.2, the nine newest steps with weight 0.08 each (there not in "
               "the first ten iterations)",
           .send = &laq_kind,
           .compress = &grid_kind,
           .memory = &difference_kind,
           .server_step = &descent_kind,
           .reduction = Reduction::sum,
           .defaults = of_slaq},
    Method{.group = "sparse",
           .name = "ef21",
           .label = "EF21",
           .summary = "top-k of the gradient's change from what both ends hold",
           .source = "Richtarik et al., arXiv 2106.05203, Algorithm 2; the first message is the "
                     "whole gradient, as in the authors' code, which does not count its bits",
           .send = &always_kind,
           .compress = &top_k_kind,
           .memory = &difference_kind,
           .server_step = &descent_kind,
           .defaults = of_ef21},
    Method{.group = "sparse",
           .name = "ef21_momentum",
           .label = "EF21-SGDM",
           .summary = "EF21 of a moving average of each worker's gradients",
           .source = "Fatkhullin et al., arXiv 2305.15155, Algorithm 1, eta = 1 - momentum; the "
                     "first average is the first gradient",
           .send = &always_kind,
           .compress = &top_k_kind,
           .memory = &difference_kind,
           .server_step = &descent_kind,
           .unverified = "density and momentum of the paper's experiments",
           .defaults = of_ef21_momentum},
    Method{.group = "quantised",
           .name = "diana",
           .label = "DIANA",
           .summary = "random signs of the gradient's change from what both ends hold",
           .source = "Mishchenko et al., arXiv 1901.09269, Algorithm 1, p = infinity; "
                     "difference_step is 2 / (1 + sqrt(512)), of buckets of 512 entries",
           .send = &always_kind,
           .compress = &qsgd_kind,
           .memory = &difference_kind,
           .server_step = &descent_kind,
           .unverified = "size of the buckets",
           .defaults = of_diana},
    Method{.group = "sparse",
           .name = "dgc",
           .label = "DGC",
           .summary = "top-k of what momentum accumulates, with momentum masking",
           .source = "Lin et al., arXiv 1712.01887, and its authors' code; other than "
                     "there, tensors of one dimension are sparse too, the density does not warm "
                     "up, and weight decay enters the gradients",
           .send = &always_kind,
           .compress = &top_k_kind,
           .memory = &momentum_correction_kind,
           .server_step = &descent_kind,
           .defaults = of_dgc},
    Method{.group = "lazy",
           .name = "lasg_wk1",
           .label = "LASG-WK1",
           .summary = "whole gradients, sent when their distance from those at a snapshot changed",
           .source = "Chen et al., arXiv 2002.11360, with its authors' settings for MNIST",
           .send = &lasg_wk1_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified = "the threshold for gradients without the code's factor 1/M is derived"},
    Method{
        .group = "lazy",
        .name = "lasg_wk2",
        .label = "LASG-WK2",
        .summary = "whole gradients, sent when they differ from those at the last upload's model",
        .source = "Chen et al., arXiv 2002.11360, with its authors' settings for MNIST",
        .send = &lasg_wk2_kind,
        .compress = &identity_kind,
        .memory = &no_memory_kind,
        .server_step = &descent_kind,
        .unverified = "the threshold for gradients without the code's factor 1/M is derived"},
    Method{.group = "lazy",
           .name = "cada1",
           .label = "CADA1",
           .summary = "sends as LASG-WK1; AMSGrad at the server",
           .source = "Chen et al., arXiv 2012.15469, with its authors' settings for ijcnn1, whose "
                     "snapshots all workers take at once",
           .send = &lasg_wk1_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &amsgrad_kind,
           .unverified = "the threshold for gradients without the code's factor 1/M is derived; to "
                         "which mean of squares the paper adds the next",
           .defaults = cada_on_ijcnn1},
    Method{.group = "lazy",
           .name = "cada2",
           .label = "CADA2",
           .summary = "sends as LASG-WK2; AMSGrad at the server",
           .source = "Chen et al., arXiv 2012.15469, with its authors' settings for ijcnn1",
           .send = &lasg_wk2_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &amsgrad_kind,
           .unverified = "the threshold for gradients without the code's factor 1/M is derived; to "
                         "which mean of squares the paper adds the next",
           .defaults = cada_on_ijcnn1},
    Method{.group = "lazy",
           .name = "csgd",
           .label = "CSGD",
           .summary = "whole gradients of growing minibatches, sent when they changed enough",
           .source =
               "Li et al., arXiv 1909.03631, with its authors' settings for MNIST, minibatches "
               "drawn without replacement",
           .send = &censored_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified = "the scale of the gradients for which the authors multiply "
                         "threshold_offset by (samples of a worker)^2"},
    Method{.group = "lazy",
           .name = "cmfl",
           .label = "CMFL",
           .summary = "whole gradients, sent when enough signs agree with the model's last step",
           .source = "Wang, Wang, Li, ICDCS 2019, with one local step",
           .send = &cmfl_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified = "the rule is from others' code, and its threshold 0.8 from memory"},
    Method{.group = "low rank",
           .name = "powersgd",
           .label = "PowerSGD",
           .summary = "factors of low rank from a power iteration, with error memory and momentum",
           .source = "Vogels et al., arXiv 1905.13727, Algorithms 1 and 2, as in the authors' "
                     "research code; momentum is PyTorch's (g + 0.9 b, theirs is g + b), and "
                     "weight decay acts on all tensors (theirs not on batch norm)",
           .send = &always_kind,
           .compress = &low_rank_kind,
           .memory = &error_feedback_kind,
           .server_step = &descent_kind,
           .defaults = powersgd_defaults},
    Method{.group = "low rank",
           .name = "atomo",
           .label = "ATOMO",
           .summary = "singular vectors drawn at random, unbiased",
           .source = "Wang et al., arXiv 1806.04090, as in the authors' svd.py, but divided by the "
                     "probability that includes drawing again, without which it is biased",
           .send = &always_kind,
           .compress = &atomo_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .defaults = atomo_defaults},
    Method{.group = "quantised",
           .name = "terngrad",
           .label = "TernGrad",
           .summary = "-1, 0 or 1 at random, times a scale that all workers share",
           .source = "Wen et al., arXiv 1705.07878, Algorithm 1 and section 3.3; momentum and "
                     "clipping as in the authors' code, where the scale is 2.5 sigma also if no "
                     "entry is as large",
           .send = &always_kind,
           .compress = &ternary_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified = "which layers the authors leave uncompressed (the last one of AlexNet); "
                         "here none is",
           .defaults = terngrad_defaults},
    Method{.group = "quantised",
           .name = "natural",
           .label = "Natural compression",
           .summary = "values rounded at random to powers of two",
           .source = "Horvath et al., arXiv 1905.10988, Definition 1; the model comes back "
                     "uncompressed",
           .send = &always_kind,
           .compress = &natural_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind},
    Method{.group = "local steps",
           .name = "local_sgd",
           .label = "Local SGD",
           .summary = "several steps of each worker's own model, then the mean of the models",
           .source = "Stich, arXiv 1805.09767; as in Lin et al.'s code, each worker keeps its "
                     "momentum, which is not averaged",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified = "local_steps, of which the papers have many",
           .update = &local_steps_kind,
           .defaults = of_local_sgd},
    Method{.group = "local steps",
           .name = "post_local_sgd",
           .label = "Post-local SGD",
           .summary = "SGD until the learning rate falls for the first time, then local SGD",
           .source = "Lin et al., arXiv 1808.07217, with the settings of its authors' code for "
                     "CIFAR-10",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .update = &local_steps_kind,
           .defaults = of_post_local_sgd},
    Method{.group = "local steps",
           .name = "k_avg",
           .label = "K-AVG",
           .summary = "K steps of each learner from the common model, then the mean of the models",
           .source = "Zhou, Cong, arXiv 1708.01012: local SGD without momentum",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified = "local_steps",
           .update = &local_steps_kind,
           .defaults = of_local_sgd},
    Method{.group = "local steps",
           .name = "sasgd",
           .label = "SASGD",
           .summary = "the sum of the gradients of T steps of each learner's own model, applied to "
                      "the common one with a rate of its own",
           .source = "Cong, Bhardwaj, Feng, ICPP 2017",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified = "SASGD as printed: it follows the abstract, and memory",
           .update = &local_steps_kind,
           .reduction = Reduction::sum,
           .defaults = of_sasgd},
    Method{.group = "local steps",
           .name = "hier_avg",
           .label = "Hier-AVG",
           .summary = "local steps, averaged inside groups of workers, and now and then over all",
           .source = "Zhou, Cong, arXiv 1903.05133, with a server that holds a model per group",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified = "the defaults; the paper's groups reduce among themselves, without a "
                         "server",
           .update = &grouped_steps_kind,
           .defaults = of_hier_avg},
    Method{.group = "local steps",
           .name = "block_momentum",
           .label = "Block momentum",
           .summary = "local SGD, whose mean step enters a momentum at the server",
           .source = "Chen, Huo, ICASSP 2016 (BMUF), as Cong et al., arXiv 2110.00625. SlowMo "
                     "(arXiv 1910.06643) is the same with offer gradients and global_rate alpha "
                     "times the learning rate",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified = "the equation v <- mu v + (theta - mean x), theta <- theta - v, and the "
                         "defaults",
           .update = &local_steps_kind,
           .defaults = of_block_momentum},
    Method{.group = "local steps",
           .name = "diloco",
           .label = "DiLoCo",
           .summary = "many local steps, whose mean is the gradient of Nesterov's momentum at the "
                      "server",
           .source = "Douillard et al., arXiv 2311.08105, Algorithm 1, with SGD in place of AdamW "
                     "as the inner optimiser",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .update = &local_steps_kind,
           .defaults = of_diloco},
    Method{.group = "local steps",
           .name = "fedavg",
           .label = "FedAvg",
           .summary = "passes of the drawn workers over their own samples, then the mean of their "
                      "models, weighted by samples",
           .source = "McMahan et al., arXiv 1602.05629, Algorithm 1; the paper draws a tenth of "
                     "the workers (participation 0.1)",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .update = &local_steps_kind,
           .reduction = Reduction::weighted_mean,
           .defaults = of_fedavg},
    Method{.group = "local steps",
           .name = "fedprox",
           .label = "FedProx",
           .summary = "FedAvg whose local objectives have mu/2 ||x - theta||^2 added",
           .source = "Li et al., arXiv 1812.06127, Algorithm 2, with the same passes for all "
                     "workers",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified = "proximal and local_epochs are from memory; the paper also draws by "
                         "samples and takes the plain mean",
           .update = &local_steps_kind,
           .reduction = Reduction::weighted_mean,
           .defaults = of_fedprox},
    Method{.group = "local steps",
           .name = "fed_adam",
           .label = "FedAdam",
           .summary = "FedAvg whose mean step is the gradient of Adam at the server",
           .source = "Reddi et al., arXiv 2003.00295, Algorithm 2, without bias correction; tau is "
                     "epsilon",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &adam_kind,
           .unverified = "global_rate, which the paper tunes",
           .update = &local_steps_kind,
           .reduction = Reduction::weighted_mean,
           .defaults = of_adaptive_federated},
    Method{.group = "local steps",
           .name = "fed_yogi",
           .label = "FedYogi",
           .summary = "FedAvg whose mean step is the gradient of Yogi at the server",
           .source = "Reddi et al., arXiv 2003.00295, Algorithm 2; tau is epsilon",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &yogi_kind,
           .unverified = "global_rate, which the paper tunes",
           .update = &local_steps_kind,
           .reduction = Reduction::weighted_mean,
           .defaults = of_adaptive_federated},
    Method{.group = "local steps",
           .name = "qsparse",
           .label = "Qsparse-local-SGD",
           .summary = "quantised top-k of the difference of models after local steps, with error "
                      "memory",
           .source = "Basu et al., arXiv 1906.02367, Algorithm 1, as in its authors' code; all "
                     "workers exchange at once",
           .send = &always_kind,
           .compress = &top_k_kind,
           .memory = &error_feedback_kind,
           .server_step = &descent_kind,
           .unverified = "density: the code keeps 1000 entries per tensor",
           .update = &local_steps_kind,
           .defaults = of_qsparse},
    Method{.group = "local steps",
           .name = "cser",
           .label = "CSER",
           .summary = "local steps; what the compressor leaves out stays in the worker's own model",
           .source = "Xie et al., arXiv 2007.13221, Algorithm 2 with C_2 = 0 (partial local SGD), "
                     "as in others' code; evaluated at the common model",
           .send = &always_kind,
           .compress = &random_k_kind,
           .memory = &error_reset_kind,
           .server_step = &descent_kind,
           .unverified = "local_steps and density; the authors' compressor draws blocks that all "
                         "workers share",
           .update = &local_steps_kind,
           .defaults = of_cser},
    Method{.group = "local steps",
           .name = "scaffold",
           .label = "SCAFFOLD",
           .summary = "local steps along gradients that control variates correct, which double the "
                      "messages both ways",
           .source = "Karimireddy et al., arXiv 1910.06378, Algorithm 1, option II",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified = "local_steps",
           .update = &local_steps_kind,
           .defaults = of_scaffold},
    Method{
        .group = "decentralised",
        .name = "d_psgd",
        .label = "D-PSGD",
        .summary = "nodes mix their neighbours' models and add their own gradients",
        .source = "Lian et al., arXiv 1705.09056, Algorithm 1; order step_first: W (x - gamma g)",
        .send = &always_kind,
        .compress = &identity_kind,
        .memory = &no_memory_kind,
        .server_step = &descent_kind,
        .gossip = &d_psgd_kind},
    Method{.group = "decentralised",
           .name = "choco",
           .label = "CHOCO-SGD",
           .summary = "compressed changes of public copies, which nodes mix with a step size",
           .source =
               "Koloskova et al., arXiv 1902.00340, Algorithm 2 (order icml); arXiv 1907.09356, "
               "Algorithm 1 (order iclr)",
           .send = &always_kind,
           .compress = &top_k_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified = "the default consensus: the papers tune it for each compressor and graph",
           .gossip = &choco_kind,
           .defaults = of_choco},
    Method{.group = "decentralised",
           .name = "dcd_psgd",
           .label = "DCD-PSGD",
           .summary = "compressed changes of models, of which neighbours hold exact replicas",
           .source = "Tang et al., arXiv 1803.06443, Algorithm 1",
           .send = &always_kind,
           .compress = &qsgd_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified =
               "the quantiser: 8 bits as the paper reports, in buckets of 512, which are not its",
           .gossip = &dcd_psgd_kind,
           .defaults = of_eight_bits},
    Method{.group = "decentralised",
           .name = "ecd_psgd",
           .label = "ECD-PSGD",
           .summary = "compressed extrapolations, from which neighbours estimate the models",
           .source = "Tang et al., arXiv 1803.06443, Algorithm 2",
           .send = &always_kind,
           .compress = &qsgd_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified =
               "the quantiser: 8 bits as the paper reports, in buckets of 512, which are not its",
           .gossip = &ecd_psgd_kind,
           .defaults = of_eight_bits},
    Method{.group = "decentralised",
           .name = "malcom",
           .label = "MALCOM-PSGD",
           .summary = "as CHOCO-SGD, with an l1 norm whose proximal step comes last",
           .source = "Campbell et al., arXiv 2311.05760",
           .send = &always_kind,
           .compress = &qsgd_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified =
               "all but the order of the steps (local step, residual compression, exchange, "
               "aggregation, proximal step), which its abstract and reviews state: the aggregation "
               "is CHOCO-SGD's, the threshold gamma l1, the quantiser QSGD's divided by tau; the "
               "code of wire.levels vsc is gradwire's own, not the paper's formula; l1, consensus "
               "and levels are not the paper's",
           .gossip = &malcom_kind,
           .defaults = of_malcom},
    Method{.group = "decentralised",
           .name = "deep_squeeze",
           .label = "DeepSqueeze",
           .summary = "compressed models with an error memory",
           .source = "Tang et al., arXiv 1907.07346, Algorithm 1",
           .send = &always_kind,
           .compress = &top_k_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified = "written down from memory; the default consensus",
           .gossip = &deep_squeeze_kind,
           .defaults = of_deep_squeeze},
    Method{.group = "decentralised",
           .name = "gradient_tracking",
           .label = "Gradient tracking",
           .summary = "nodes estimate the mean gradient beside their models: two vectors a message",
           .source = "Pu, Nedic, arXiv 1805.11454, eq. (3)",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified = "written down from memory",
           .gossip = &gradient_tracking_kind},
    Method{.group = "decentralised",
           .name = "push_sum",
           .label = "Push-sum SGD",
           .summary = "over directed edges: models are sums divided by weights that travel too",
           .source = "Assran et al., arXiv 1811.10792, Algorithm 1",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified = "written down from memory",
           .gossip = &push_sum_kind},
    Method{.group = "asynchronous",
           .name = "downpour",
           .label = "Downpour",
           .summary = "clients push sums of gradients, which the server subtracts as they come",
           .source = "Dean et al., NIPS 2012, appendix, with the same rate at server and clients; "
                     "fetch beside_push: the client of sixin-zh/mpiT",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .reduction = Reduction::sum,
           .asynchronous = &downpour_kind},
    Method{.group = "asynchronous",
           .name = "downpour_adagrad",
           .label = "Downpour (Adagrad)",
           .summary = "Downpour whose server divides by the root of the summed squares (Adagrad)",
           .source = "Dean et al., NIPS 2012",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &adagrad_kind,
           .unverified = "epsilon, which the paper does not have",
           .reduction = Reduction::sum,
           .asynchronous = &downpour_kind},
    Method{.group = "asynchronous",
           .name = "mdownpour",
           .label = "MDownpour",
           .summary = "Downpour with Nesterov's momentum at the server",
           .source = "Zhang, Choromanska, LeCun, arXiv 1412.6651, with PyTorch's form of the "
                     "momentum",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified = "the paper's form and value of the momentum",
           .reduction = Reduction::sum,
           .defaults = of_mdownpour,
           .asynchronous = &downpour_kind},
    Method{.group = "asynchronous",
           .name = "easgd",
           .label = "EASGD",
           .summary = "clients keep models of their own, which a spring joins to the server's",
           .source = "Zhang, Choromanska, LeCun, arXiv 1412.6651, Algorithm 1; centre synchronous: "
                     "equations (3) and (4)",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .reduction = Reduction::sum,
           .asynchronous = &easgd_kind},
    Method{.group = "asynchronous",
           .name = "eamsgd",
           .label = "EAMSGD",
           .summary = "EASGD whose clients have Nesterov's momentum",
           .source = "Zhang, Choromanska, LeCun, arXiv 1412.6651, Algorithm 2",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .reduction = Reduction::sum,
           .defaults = of_eamsgd,
           .asynchronous = &eamsgd_kind},
    Method{.group = "asynchronous",
           .name = "fed_async",
           .label = "FedAsync",
           .summary = "the server mixes its model with each client's, the less the staler that is",
           .source = "Xie, Koyejo, Gupta, arXiv 1903.03934, with the polynomial weight",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified = "local_steps, global_rate and staleness_exponent are from memory; all "
                         "clients compute all the time",
           .reduction = Reduction::sum,
           .defaults = of_fed_async,
           .asynchronous = &fed_async_kind},
    Method{.group = "asynchronous",
           .name = "fed_buff",
           .label = "FedBuff",
           .summary = "the server steps by the mean of the newest K clients' differences",
           .source = "Nguyen et al., arXiv 2106.06639, Algorithm 1, without secure aggregation",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified =
               "local_steps; the exponent 1/2 is from memory; all clients compute all the "
               "time",
           .defaults = of_fed_buff,
           .asynchronous = &fed_buff_kind}};

// Ingredients that no row has, for custom.
constexpr const SendRuleKind* further_send_rules[] = {&lasg_ps_kind};
constexpr const CompressorKind* further_compressors[] = {&half_kind};
constexpr Parameter of_all_methods[] = {&participation_parameter};

/// The distinct ingredients of the rows, in their order.
template <class Kind>
std::vector<const Kind*> distinct(const Kind* Method::*ingredient) {
  std::vector<const Kind*> kinds;
  for (const Method& row : table) {
    if (std::ranges::find(kinds, row.*ingredient) == kinds.end()) kinds.push_back(row.*ingredient);
  }
  return kinds;
}

template <class Kind>
const Kind* named(const std::vector<const Kind*>& kinds, std::string_view name) {
  for (const Kind* kind : kinds) {
    if (kind->name == name) return kind;
  }
  throw std::logic_error("no ingredient named " + std::string(name));
}

ParameterValue parameter_value(const ParameterDefault& value) {
  struct {
    ParameterValue operator()(std::string_view word) const { return std::string(word); }
    ParameterValue operator()(double number) const { return number; }
    ParameterValue operator()(std::int64_t number) const { return number; }
    ParameterValue operator()(bool flag) const { return flag; }
  } as;
  return std::visit(as, value.value);
}

const Method* row_of(const AlgorithmConfig& config) {
  return config.name == custom_name ? nullptr : &method(config.name);
}

}  // namespace

std::span<const Method> methods() { return table; }

const Method& method(std::string_view name) {
  for (const Method& row : table) {
    if (row.name == name) return row;
  }
  throw std::logic_error("no method named " + std::string(name));
}

const std::vector<const SendRuleKind*>& send_rules() {
  static const auto kinds = [] {
    auto all = distinct(&Method::send);
    all.insert(all.end(), std::begin(further_send_rules), std::end(further_send_rules));
    return all;
  }();
  return kinds;
}

const std::vector<const CompressorKind*>& compressors() {
  static const auto kinds = [] {
    auto all = distinct(&Method::compress);
    all.insert(all.end(), std::begin(further_compressors), std::end(further_compressors));
    return all;
  }();
  return kinds;
}

const std::vector<const MemoryKind*>& memories() {
  static const auto kinds = distinct(&Method::memory);
  return kinds;
}

const std::vector<const ServerStepKind*>& server_steps() {
  static const auto kinds = distinct(&Method::server_step);
  return kinds;
}

const std::vector<const UpdateKind*>& updates() {
  static const auto kinds = distinct(&Method::update);
  return kinds;
}

const std::vector<const GossipKind*>& gossip_kinds() {
  static const auto kinds = [] {
    auto all = distinct(&Method::gossip);
    std::erase(all, nullptr);
    return all;
  }();
  return kinds;
}

const std::vector<const AsynchronousKind*>& asynchronous_kinds() {
  static const auto kinds = [] {
    auto all = distinct(&Method::asynchronous);
    std::erase(all, nullptr);
    return all;
  }();
  return kinds;
}

std::span<const Parameter> common_parameters() { return of_all_methods; }

Ingredients ingredients_of(const AlgorithmConfig& config) {
  if (const Method* row = row_of(config)) {
    const bool has_own = config.compress.empty() || !chooses_compressor(config);
    return {row->send,
            has_own ? row->compress : named(compressors(), config.compress),
            chooses_memory(config) ? named(memories(), config.memory) : row->memory,
            row->server_step,
            row->update,
            row->gossip,
            row->asynchronous};
  }
  return {named(send_rules(), config.send),
          config.compress.empty() ? &identity_kind : named(compressors(), config.compress),
          named(memories(), config.memory), named(server_steps(), config.server_step),
          &local_steps_kind};
}

bool is_decentralised(const AlgorithmConfig& config) {
  const Method* const row = row_of(config);
  return row != nullptr && row->gossip != nullptr;
}

bool chooses_compressor(const AlgorithmConfig& config) {
  const Method* const row = row_of(config);
  return row == nullptr || (row->gossip != nullptr && row->gossip->compresses) ||
         row->asynchronous != nullptr;
}

bool chooses_memory(const AlgorithmConfig& config) {
  const Method* const row = row_of(config);
  return row == nullptr || row->asynchronous != nullptr;
}

bool is_asynchronous(const AlgorithmConfig& config) {
  const Method* const row = row_of(config);
  return row != nullptr && row->asynchronous != nullptr;
}

std::vector<Parameter> Ingredients::parameters() const {
  std::vector<Parameter> all;
  const auto add = [&all](std::span<const Parameter> some) {
    for (const Parameter& parameter : some) {
      if (std::ranges::find(all, parameter) == all.end()) all.push_back(parameter);
    }
  };
  if (gossip != nullptr) {
    if (gossip->compresses) add(compress->parameters);
    add(gossip->parameters);
    return all;
  }
  if (asynchronous != nullptr) {
    for (const auto& some : {compress->parameters, memory->parameters}) add(some);
    if (asynchronous->has_server_step) add(server_step->parameters);
    add(asynchronous->parameters);
    return all;
  }
  for (const auto& some : {compress->parameters, send->parameters, memory->parameters,
                           server_step->parameters, update->parameters, common_parameters()}) {
    add(some);
  }
  return all;
}

AlgorithmConfig with_defaults(AlgorithmConfig config) {
  const AlgorithmConfig given = config;
  for (const Parameter& parameter : ingredients_of(config).parameters()) {
    config.values.try_emplace(std::string(key_of(parameter)), default_of(given, parameter));
  }
  config.reduction = reduction_of(config);
  return config;
}

namespace {

/// local_steps and local_epochs stand in place of each other: where one is given, the other's
/// default is its own, whatever the row's.
bool is_replaced(const AlgorithmConfig& config, const Parameter& parameter) {
  const bool steps = parameter == Parameter(&local_steps_parameter);
  const bool epochs = parameter == Parameter(&local_epochs_parameter);
  return (steps && config.values.contains(local_epochs_parameter.key)) ||
         (epochs && config.values.contains(local_steps_parameter.key));
}

/// Sums of gradients are applied with a rate that is derived (0), unless it is given.
bool is_derived_rate(const AlgorithmConfig& config, const Parameter& parameter) {
  return parameter == Parameter(&global_rate_parameter) &&
         config.choice<Offer>(offer_parameter) == Offer::gradients;
}

}  // namespace

ParameterValue default_of(const AlgorithmConfig& config, const Parameter& parameter) {
  if (is_replaced(config, parameter)) return default_of(parameter);
  if (is_derived_rate(config, parameter)) return 0.0;
  const Method* const row = row_of(config);
  const std::span<const ParameterDefault> of_row =
      row != nullptr ? row->defaults : std::span<const ParameterDefault>();
  for (const auto defaults : {of_row, ingredients_of(config).send->defaults}) {
    const auto own = std::ranges::find(defaults, key_of(parameter), &ParameterDefault::key);
    if (own != defaults.end()) return parameter_value(*own);
  }
  return default_of(parameter);
}

Reduction reduction_of(const AlgorithmConfig& config) {
  if (config.reduction) return *config.reduction;
  const Method* row = row_of(config);
  return row != nullptr ? row->reduction : Reduction::mean;
}

}  // namespace gradwire::algorithms
