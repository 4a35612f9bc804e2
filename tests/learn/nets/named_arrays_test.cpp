#include "sim/learn/nets/named_arrays.hpp"

#include "tests/learn/support.hpp"

namespace gradwire::learn::named_arrays_test {
namespace {

struct NamedArrays : testing::Test {
  NamedArrays() {
    layout.add("fc.weight", {2, 3});
    layout.add("fc.bias", {2});
    arrays["fc.bias"] = {{2}, {7, 8}};
    arrays["fc.weight"] = {{2, 3}, {1, 2, 3, 4, 5, 6}};
  }
  [[nodiscard]] std::string error() const {
    return input_error([&] { static_cast<void>(parameters_from(arrays, layout, "w.npz")); });
  }
  Layout layout;
  std::map<std::string, NamedArray> arrays;
};

TEST_F(NamedArrays, AreCopiedInTheOrderOfTheLayout) {
  EXPECT_EQ(parameters_from(arrays, layout, "w.npz"), (Vector{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST_F(NamedArrays, OfAnotherShapeIsRefused) {
  arrays["fc.weight"].shape = {3, 2};
  EXPECT_EQ(error(), "w.npz: array fc.weight is 3 x 2, expected 2 x 3");
}

TEST_F(NamedArrays, ThatIsMissingIsNamed) {
  arrays.erase("fc.bias");
  EXPECT_EQ(error(), "w.npz: has no array fc.bias, expected one for each parameter");
}

TEST_F(NamedArrays, ThatIsNoParameterIsNamed) {
  arrays["fc.wieght"] = {{1}, {0}};
  EXPECT_EQ(error(),
            "w.npz: array fc.wieght is no parameter of the model, did you mean fc.weight?");
}

}  // namespace
}  // namespace gradwire::learn::named_arrays_test
