#include "cuda/choices.h"

#include <sstream>

#include "cuda/recurrence.h"

namespace refrain::cuda {

Variant Choices::of(const std::string& layer) const {
  const auto found = variant_of_layer_.find(layer);
  return found == variant_of_layer_.end() ? Variant::kAutomatic : found->second;
}

std::string Choices::text() const {
  std::string text;
  for (const auto& [layer, variant] : variant_of_layer_) {
    text += layer + " " + name_of(variant) + "\n";
  }
  return text;
}

std::string Choices::read(const std::string& text) {
  std::map<std::string, Variant> read;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    const size_t space = line.rfind(' ');
    Variant variant = Variant::kAutomatic;
    const bool known = space != std::string::npos && space > 0 &&
                       variant_named(line.c_str() + space + 1, &variant);
    if (!known || variant == Variant::kAutomatic) return line;
    read[line.substr(0, space)] = variant;
  }
  for (const auto& [layer, variant] : read) set(layer, variant);
  return "";
}

}  // namespace refrain::cuda
