// Which variant runs a layer, where that was found by timing (autotune.h): one choice a layer, for
// all engines of this kind that are given its text.
#pragma once

#include <map>
#include <set>
#include <string>

namespace refrain::cuda {

// How the steps of a recurrent layer are run (recurrence.h): kAutomatic takes the fastest that
// fits.
enum class Variant { kAutomatic, kBlock, kCluster, kCooperative, kCudnn, kPerStep };

class Choices {
 public:
  bool empty() const { return variant_of_layer_.empty(); }
  // kAutomatic where none was made. A layer's text is that of layer_text() in recurrence.h.
  Variant of(const std::string& layer) const;
  void set(const std::string& layer, Variant variant) { variant_of_layer_[layer] = variant; }
  void forget(const std::string& layer) { variant_of_layer_.erase(layer); }
  // Layers that could not be timed, and are not to be tried at each step.
  void give_up(const std::string& layer) { given_up_.insert(layer); }
  bool gave_up(const std::string& layer) const { return given_up_.count(layer) > 0; }

  // One line a choice, "lstm G=1 T=20 ... block", in the order of the layers' texts.
  std::string text() const;
  // Adds the choices of such a text. Returns the first line that is none, and then adds nothing;
  // else "".
  std::string read(const std::string& text);

 private:
  std::map<std::string, Variant> variant_of_layer_;
  std::set<std::string> given_up_;
};

}  // namespace refrain::cuda
