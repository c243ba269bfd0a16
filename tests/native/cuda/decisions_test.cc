// What is told of the ways in which operations were run.
#include "cuda/decisions.h"

#include <string>

#include "check.h"

namespace refrain::test {
namespace {

using cuda::Decisions;

void check_text() {
  Decisions decisions;
  CHECK(decisions.text().empty());
  const Decisions::Key product = {Decisions::kProduct, 3, 4, 5};
  const Decisions::Key loss = {Decisions::kLoss, 3, 4};
  CHECK(!decisions.knows(product, "cuBLAS"));
  decisions.note(product, "product m=3 n=4 k=5", "own", {{"cuBLAS", "too small"}, {"cores", "FP32"}});
  decisions.note(loss, "loss rows=3 outputs=4", "one block", {});
  CHECK(decisions.knows(product, "own") && !decisions.knows(product, "cuBLAS"));
  const std::string of_loss = "loss rows=3 outputs=4: one block\n";
  CHECK(decisions.text() ==
        of_loss + "product m=3 n=4 k=5: own; not cuBLAS: too small; not cores: FP32\n");
  // The outcome that came last.
  decisions.note(product, "product m=3 n=4 k=5", "cuBLAS", {});
  CHECK(decisions.text() == of_loss + "product m=3 n=4 k=5: cuBLAS\n");
}

// Shapes without end take no memory without end, and what was noted can still change.
void check_bound() {
  Decisions decisions;
  const auto key = [](int64_t i) { return Decisions::Key{Decisions::kClipNorm, i}; };
  for (int64_t i = 0; i < 2000; ++i) decisions.note(key(i), "clip " + std::to_string(i), "a", {});
  const std::string text = decisions.text();
  CHECK(text.find("clip 999: a\n") != std::string::npos);
  CHECK(text.find("clip 1000: a\n") == std::string::npos);
  CHECK(text.find("(shapes that came after the first 1000 are not kept)\n") != std::string::npos);
  CHECK(decisions.knows(key(1999), "a"));
  CHECK(!decisions.knows(key(5), "b"));
  decisions.note(key(5), "clip 5", "b", {});
  CHECK(decisions.text().find("clip 5: b\n") != std::string::npos);
}

}  // namespace
}  // namespace refrain::test

int main() {
  refrain::test::check_text();
  refrain::test::check_bound();
  return refrain::test::report();
}
