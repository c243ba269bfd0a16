// The same arrays on two engines, the cpu and the one under test, and their comparison.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "random.h"
#include "refrain/refrain.h"

namespace refrain::test {

struct Array {
  int index = -1;  // -1: absent
};

class Sides;

// One of the two engines, from the point of view of a call.
class Side {
 public:
  float* floats(Array array) const { return static_cast<float*>(data(array)); }
  int32_t* integers(Array array) const { return static_cast<int32_t*>(data(array)); }
  double* doubles(Array array) const { return static_cast<double*>(data(array)); }
  refrain_view view(Array array, int64_t group_stride, int64_t row_stride) const {
    return {floats(array), array.index < 0 ? 0 : group_stride, row_stride};
  }
  refrain_step_state state() const;
  void* data(Array array) const;

  refrain_context* context = nullptr;
  Sides* sides = nullptr;
  int number = 0;
};

class Sides {
 public:
  Sides(refrain_context* cpu, refrain_context* other, int groups, int64_t history_length);
  ~Sides();

  Array floats(std::vector<float> values);
  Array random(Random& random, int64_t count, float scale = 1.0f);
  // Filled with a number that an untouched element keeps.
  Array output(int64_t count);
  // Not compared.
  Array opaque(int64_t count);
  Array integers(std::vector<int32_t> values);
  refrain_group_state& group(int g) { return states_[static_cast<size_t>(g)]; }
  void write_state();
  // As the engine under test left it.
  refrain_group_state group_now(int g) const;

  const Side& tested() const { return side_[1]; }
  // Runs the call on both engines; both must succeed.
  void run(const std::function<int(const Side&)>& call);
  // Everything, inputs too: on both sides the same, within the tolerance relative to 1 + |value|.
  void compare(const std::string& name, double tolerance);
  std::vector<float> read(Array array, int side) const;

 private:
  friend class Side;
  struct Entry {
    void* data[2];
    int64_t size_bytes;
    char kind;  // f, i, s (state), d (history), o (opaque)
  };

  Array add(const void* values, int64_t size_bytes, char kind);

  Side side_[2];
  std::vector<Entry> entries_;
  std::vector<refrain_group_state> states_;
  Array state_array_;
  Array history_array_;
  int64_t history_length_;
};

// Of all that the engine under test has computed.
extern uint64_t bits;

// Which layers are drawn, and how close their results must be.
struct CellTrial {
  double tolerance = 3e-5;
  bool projections = true;
  // Weights below 1 / sqrt(H), so that what differs does not grow from step to step.
  bool scaled_weights = false;
  // Small integers, which are exact in every precision and every order: simple cells that do not squash.
  bool integers = false;
  int smallest_batch = 1;
  int largest_batch = 5;
  std::vector<int> hidden = {1, 3, 8, 17, 33};
  int layers = 60;  // of each cell
};

void check_cells(refrain_context* cpu, refrain_context* other, const CellTrial& trial = {});
// Layers large enough for variants that keep R on chip to take other ways.
void check_cell_sizes(refrain_context* cpu, refrain_context* other);
// That what check_cells has drawn was compared for every cell and option, and not declined.
void check_cells_compared();
void check_operations(refrain_context* cpu, refrain_context* other);
// Sampled losses, Adam on rows, word2vec.
void check_vectors(refrain_context* cpu, refrain_context* other);
void check_recording(refrain_context* other);

}  // namespace refrain::test
