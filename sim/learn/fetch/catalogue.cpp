#include "sim/learn/fetch/catalogue.hpp"

namespace gradwire::learn {
namespace {

constexpr std::int64_t train_images_bytes = 16 + 60'000 * 28 * 28;
constexpr std::int64_t train_labels_bytes = 8 + 60'000;
constexpr std::int64_t test_images_bytes = 16 + 10'000 * 28 * 28;
constexpr std::int64_t test_labels_bytes = 8 + 10'000;

/// Digests of the .gz files from TensorFlow Datasets' list, of their content as widely published;
/// the latter agree with copies at hand.
RemoteDataset mnist() {
  return {
      .name = "mnist",
      // The authors' own host answered with 403, 404 or 503 for years, so it comes last; the first
      // is PyTorch's mirror, which has the authors' permission.
      .addresses = {"https://ossci-datasets.s3.amazonaws.com/mnist/",
                    "https://storage.googleapis.com/cvdf-datasets/mnist/",
                    "http://yann.lecun.com/exdb/mnist/"},
      .files = {
          {.name = "train-images-idx3-ubyte.gz",
           .bytes = 9'912'422,
           .sha256 = "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
           .content_bytes = train_images_bytes,
           .content_sha256 = "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
          {.name = "train-labels-idx1-ubyte.gz",
           .bytes = 28'881,
           .sha256 = "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
           .content_bytes = train_labels_bytes,
           .content_sha256 = "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
          {.name = "t10k-images-idx3-ubyte.gz",
           .bytes = 1'648'877,
           .sha256 = "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
           .content_bytes = test_images_bytes,
           .content_sha256 = "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
          {.name = "t10k-labels-idx1-ubyte.gz",
           .bytes = 4'542,
           .sha256 = "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
           .content_bytes = test_labels_bytes,
           .content_sha256 = "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
      }};
}

/// Digests of the .gz files from TensorFlow Datasets' list; of their content computed from Debian's
/// package, whose .gz files differ in the header only.
RemoteDataset fashion_mnist() {
  return {
      .name = "fashion-mnist",
      .addresses = {"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/"
                    "fashion/"},
      .files = {
          {.name = "train-images-idx3-ubyte.gz",
           .bytes = 26'421'880,
           .sha256 = "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
           .content_bytes = train_images_bytes,
           .content_sha256 = "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"},
          {.name = "train-labels-idx1-ubyte.gz",
           .bytes = 29'515,
           .sha256 = "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
           .content_bytes = train_labels_bytes,
           .content_sha256 = "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"},
          {.name = "t10k-images-idx3-ubyte.gz",
           .bytes = 4'422'102,
           .sha256 = "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
           .content_bytes = test_images_bytes,
           .content_sha256 = "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"},
          {.name = "t10k-labels-idx1-ubyte.gz",
           .bytes = 5'148,
           .sha256 = "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
           .content_bytes = test_labels_bytes,
           .content_sha256 = "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"},
      }};
}

/// The second address is the one to which the first redirects; the archives are the same.
std::vector<std::string> cifar_addresses() {
  return {"https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/"};
}

/// Digest of the archive from TensorFlow Datasets' list, of its members from TorchVision for Ruby
/// (github.com/ankane/torchvision-ruby).
RemoteDataset cifar10() {
  constexpr std::int64_t batch_bytes = std::int64_t{10'000} * (1 + 3 * 32 * 32);
  return {
      .name = "cifar10",
      .addresses = cifar_addresses(),
      .files = {{.name = "cifar-10-binary.tar.gz",
                 .bytes = 170'052'171,
                 .sha256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                 .folder = "cifar-10-batches-bin",
                 .members = {{"data_batch_1.bin", batch_bytes,
                              "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"},
                             {"data_batch_2.bin", batch_bytes,
                              "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"},
                             {"data_batch_3.bin", batch_bytes,
                              "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"},
                             {"data_batch_4.bin", batch_bytes,
                              "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"},
                             {"data_batch_5.bin", batch_bytes,
                              "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"},
                             {"test_batch.bin", batch_bytes,
                              "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"}},
                 .texts = {"batches.meta.txt"}}}};
}

/// Digests from the same sources as for CIFAR-10.
RemoteDataset cifar100() {
  constexpr std::int64_t sample_bytes = 2 + 3 * 32 * 32;
  return {
      .name = "cifar100",
      .addresses = cifar_addresses(),
      .files = {{.name = "cifar-100-binary.tar.gz",
                 .bytes = 168'513'733,
                 .sha256 = "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
                 .folder = "cifar-100-binary",
                 .members = {{"train.bin", 50'000 * sample_bytes,
                              "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29"},
                             {"test.bin", 10'000 * sample_bytes,
                              "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"}},
                 .texts = {"fine_label_names.txt", "coarse_label_names.txt"}}}};
}

}  // namespace

const std::vector<RemoteDataset>& remote_datasets() {
  static const std::vector<RemoteDataset> all{mnist(), fashion_mnist(), cifar10(), cifar100()};
  return all;
}

}  // namespace gradwire::learn
