#include "fake_cudnn_cells.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace refrain::fake {
namespace {

using cuda::CUDNN_GRU;
using cuda::CUDNN_LSTM;
using cuda::CUDNN_RNN_RELU;

double sigmoid(double a) { return 1.0 / (1.0 + std::exp(-a)); }

float signature_of(const Layer& l) {
  return static_cast<float>(1 + l.cell + 7 * l.steps + 11 * l.batch + 13 * l.inputs + 17 * l.hidden +
                            19 * l.outputs);
}

void require_signature(const Layer& layer, const float* reserve) {
  if (reserve[Reserve(layer).signature] == signature_of(layer)) return;
  std::fprintf(stderr, "the stand-in for cuDNN: this reserve is not of this layer's forward\n");
  std::abort();
}

// At the beginning of the weight space, which no part takes.
constexpr int64_t kUnusedFloats = 16;

// Row n of part p's product with `values`, plus its bias.
double dot(const float* weights, const WeightSpace& space, int64_t part, int64_t row,
           int64_t columns, const float* values) {
  const auto p = static_cast<size_t>(part);
  double sum = space.bias[p] < 0 ? 0.0 : weights[space.bias[p] + row];
  if (values == nullptr) return sum;
  const float* matrix = weights + space.matrix[p] + row * columns;
  for (int64_t i = 0; i < columns; ++i) sum += static_cast<double>(matrix[i]) * values[i];
  return sum;
}

// target[i] += value * matrix[row, i].
void add_row(const float* weights, const WeightSpace& space, int64_t part, int64_t row,
             int64_t columns, double value, double* target) {
  const float* matrix = weights + space.matrix[static_cast<size_t>(part)] + row * columns;
  for (int64_t i = 0; i < columns; ++i) target[i] += value * matrix[i];
}

const float* row_or_null(const float* array, int64_t row, int64_t columns) {
  return array == nullptr ? nullptr : array + row * columns;
}

}  // namespace

WeightSpace::WeightSpace(const Layer& layer)
    : matrix(static_cast<size_t>(layer.parts())), bias(matrix.size(), -1), floats(kUnusedFloats) {
  const int64_t gates = layer.gates();
  for (int64_t part = layer.parts() - 1; part >= 0; --part) {
    const bool projection = part == 2 * gates;
    const int64_t rows = projection ? layer.outputs : layer.hidden;
    const int64_t columns =
        projection ? layer.hidden : (part < gates ? layer.inputs : layer.outputs);
    if (!projection) {
      bias[static_cast<size_t>(part)] = floats;
      floats += rows + 4;
    }
    matrix[static_cast<size_t>(part)] = floats;
    floats += rows * columns + 8;
  }
}

Reserve::Reserve(const Layer& layer) {
  const int64_t rows = layer.rows();
  const int64_t state = rows * layer.hidden;
  gates = 0;
  c = gates + layer.gates() * state;
  cell = c + state;
  recurrent = cell + state;
  da = recurrent + state;
  da_r = da + layer.gates() * state;
  dh = da_r + state;
  signature = dh + rows * layer.outputs;
  floats = signature + 1;
}

void Forward::operator()() const {
  const Layer& l = layer;
  const WeightSpace space(l);
  const Reserve at(l);
  const int64_t gates = l.gates();
  const int64_t hidden = l.hidden;
  // As a library does that reads whole vectors: what no part takes must not be NaN.
  double unused = 0.0;
  for (int64_t i = 0; i < kUnusedFloats; ++i) unused += 0.0 * weights[i];
  std::vector<float> own;
  float* kept = reserve;
  if (!training) {
    own.resize(static_cast<size_t>(at.floats));
    kept = own.data();
  }
  kept[at.signature] = signature_of(l);
  for (int64_t row = 0; row < l.rows(); ++row) {
    const bool first = row < l.batch;
    const float* h_before =
        first ? row_or_null(hx, row, l.outputs) : y + (row - l.batch) * l.outputs;
    const float* c_before =
        first ? row_or_null(cx, row, hidden) : kept + at.c + (row - l.batch) * hidden;
    for (int64_t j = 0; j < hidden; ++j) {
      double input[4];
      double recurrent[4];
      for (int64_t k = 0; k < gates; ++k) {
        input[k] = unused + dot(weights, space, k, j, l.inputs, x + row * l.inputs);
        recurrent[k] = dot(weights, space, gates + k, j, l.outputs, h_before);
      }
      float* gate = kept + at.gates + row * gates * hidden + j;
      const auto a = [&](int k) { return input[k] + recurrent[k]; };
      double output;
      if (l.cell == CUDNN_LSTM) {
        const double i = sigmoid(a(0));
        const double f = sigmoid(a(1));
        const double g = std::tanh(a(2));
        const double o = sigmoid(a(3));
        const double c = i * g + (c_before == nullptr ? 0.0 : f * c_before[j]);
        const double values[] = {i, f, g, o};
        for (int k = 0; k < 4; ++k) gate[k * hidden] = static_cast<float>(values[k]);
        kept[at.c + row * hidden + j] = static_cast<float>(c);
        output = o * std::tanh(static_cast<double>(kept[at.c + row * hidden + j]));
      } else if (l.cell == CUDNN_GRU) {
        const double r = sigmoid(a(0));
        const double z = sigmoid(a(1));
        const double n = std::tanh(input[2] + r * recurrent[2]);
        const double values[] = {r, z, n};
        for (int k = 0; k < 3; ++k) gate[k * hidden] = static_cast<float>(values[k]);
        kept[at.recurrent + row * hidden + j] = static_cast<float>(recurrent[2]);
        output = (1.0 - z) * n + (h_before == nullptr ? 0.0 : z * h_before[j]);
      } else if (l.cell == CUDNN_RNN_RELU) {
        output = a(0) > 0.0 || std::isnan(a(0)) ? a(0) : 0.0;
      } else {
        output = std::tanh(a(0));
      }
      kept[at.cell + row * hidden + j] = static_cast<float>(output);
    }
    for (int64_t q = 0; q < l.outputs; ++q) {
      y[row * l.outputs + q] =
          l.projects() ? static_cast<float>(dot(weights, space, 2 * gates, q, hidden,
                                                kept + at.cell + row * hidden))
                       : kept[at.cell + row * hidden + q];
    }
  }
  if (cy == nullptr) return;
  for (int64_t i = 0; i < l.batch * hidden; ++i) {
    cy[i] = kept[at.c + (l.rows() - l.batch) * hidden + i];
  }
}

void BackwardData::operator()() const {
  const Layer& l = layer;
  require_signature(l, reserve);
  const WeightSpace space(l);
  const Reserve at(l);
  const int64_t gates = l.gates();
  const int64_t hidden = l.hidden;
  const auto states = static_cast<size_t>(l.batch);
  std::vector<double> dh(states * static_cast<size_t>(l.outputs));
  std::vector<double> dc(states * static_cast<size_t>(hidden));
  for (size_t i = 0; i < dh.size(); ++i) dh[i] = dhy == nullptr ? 0.0 : dhy[i];
  for (size_t i = 0; i < dc.size(); ++i) dc[i] = dcy == nullptr ? 0.0 : dcy[i];
  for (int64_t row = l.rows() - 1; row >= 0; --row) {
    const int64_t n = row % l.batch;
    const bool first = row < l.batch;
    const float* h_before =
        first ? row_or_null(hx, row, l.outputs) : y + (row - l.batch) * l.outputs;
    const float* c_before =
        first ? row_or_null(cx, row, hidden) : reserve + at.c + (row - l.batch) * hidden;
    double* dh_row = dh.data() + n * l.outputs;
    std::vector<double> doutput(static_cast<size_t>(hidden), 0.0);
    for (int64_t q = 0; q < l.outputs; ++q) {
      const double d = dh_row[q] + dy[row * l.outputs + q];
      dh_row[q] = 0.0;
      reserve[at.dh + row * l.outputs + q] = static_cast<float>(d);
      if (l.projects()) {
        add_row(weights, space, 2 * gates, q, hidden, d, doutput.data());
      } else {
        doutput[static_cast<size_t>(q)] = d;
      }
    }
    std::vector<double> dx_row(static_cast<size_t>(l.inputs), 0.0);
    for (int64_t j = 0; j < hidden; ++j) {
      const double d = doutput[static_cast<size_t>(j)];
      const float* gate = reserve + at.gates + row * gates * hidden + j;
      double da[4] = {};
      double da_r = 0.0;
      if (l.cell == CUDNN_LSTM) {
        const double i = gate[0], f = gate[hidden], g = gate[2 * hidden], o = gate[3 * hidden];
        const double c = std::tanh(static_cast<double>(reserve[at.c + row * hidden + j]));
        double& dc_j = dc[static_cast<size_t>(n * hidden + j)];
        const double dc_all = dc_j + d * o * (1.0 - c * c);
        da[0] = dc_all * g * i * (1.0 - i);
        da[1] = c_before == nullptr ? 0.0 : dc_all * c_before[j] * f * (1.0 - f);
        da[2] = dc_all * i * (1.0 - g * g);
        da[3] = d * c * o * (1.0 - o);
        dc_j = dc_all * f;
      } else if (l.cell == CUDNN_GRU) {
        const double r = gate[0], z = gate[hidden], candidate = gate[2 * hidden];
        const double before = h_before == nullptr ? 0.0 : h_before[j];
        da[2] = d * (1.0 - z) * (1.0 - candidate * candidate);
        da[1] = d * (before - candidate) * z * (1.0 - z);
        da[0] = da[2] * reserve[at.recurrent + row * hidden + j] * r * (1.0 - r);
        da_r = da[2] * r;
        dh_row[j] += d * z;
      } else {
        const double h = reserve[at.cell + row * hidden + j];
        da[0] = l.cell == CUDNN_RNN_RELU ? (h > 0.0 ? d : 0.0) : d * (1.0 - h * h);
      }
      for (int64_t k = 0; k < gates; ++k) {
        reserve[at.da + (row * gates + k) * hidden + j] = static_cast<float>(da[k]);
      }
      reserve[at.da_r + row * hidden + j] = static_cast<float>(da_r);
    }
    for (int64_t k = 0; k < gates; ++k) {
      for (int64_t j = 0; j < hidden; ++j) {
        const double da = reserve[at.da + (row * gates + k) * hidden + j];
        const double da_r = l.cell == CUDNN_GRU && k == 2
                                ? static_cast<double>(reserve[at.da_r + row * hidden + j])
                                : da;
        add_row(weights, space, k, j, l.inputs, da, dx_row.data());
        add_row(weights, space, gates + k, j, l.outputs, da_r, dh_row);
      }
    }
    for (int64_t i = 0; i < l.inputs; ++i) {
      dx[row * l.inputs + i] = static_cast<float>(dx_row[static_cast<size_t>(i)]);
    }
  }
  for (size_t i = 0; dhx != nullptr && i < dh.size(); ++i) dhx[i] = static_cast<float>(dh[i]);
  for (size_t i = 0; dcx != nullptr && i < dc.size(); ++i) dcx[i] = static_cast<float>(dc[i]);
}

void BackwardWeights::operator()() const {
  const Layer& l = layer;
  require_signature(l, reserve);
  const WeightSpace space(l);
  const Reserve at(l);
  const int64_t gates = l.gates();
  std::vector<double> sums(static_cast<size_t>(space.floats), 0.0);
  const auto add = [&](int64_t part, int64_t row, int64_t columns, double d,
                       const float* values) {
    const auto p = static_cast<size_t>(part);
    if (space.bias[p] >= 0) sums[static_cast<size_t>(space.bias[p] + row)] += d;
    for (int64_t i = 0; values != nullptr && i < columns; ++i) {
      sums[static_cast<size_t>(space.matrix[p] + row * columns + i)] += d * values[i];
    }
  };
  for (int64_t row = 0; row < l.rows(); ++row) {
    const float* h_before = row < l.batch ? row_or_null(hx, row, l.outputs)
                                          : y + (row - l.batch) * l.outputs;
    for (int64_t k = 0; k < gates; ++k) {
      for (int64_t j = 0; j < l.hidden; ++j) {
        const double da = reserve[at.da + (row * gates + k) * l.hidden + j];
        const double da_r = l.cell == CUDNN_GRU && k == 2
                                ? static_cast<double>(reserve[at.da_r + row * l.hidden + j])
                                : da;
        add(k, j, l.inputs, da, x + row * l.inputs);
        add(gates + k, j, l.outputs, da_r, h_before);
      }
    }
    for (int64_t q = 0; l.projects() && q < l.outputs; ++q) {
      add(2 * gates, q, l.hidden, reserve[at.dh + row * l.outputs + q],
          reserve + at.cell + row * l.hidden);
    }
  }
  for (int64_t i = 0; i < space.floats; ++i) {
    // Gaps hold nothing: they are not written.
    if (sums[static_cast<size_t>(i)] != 0.0) {
      dweights[i] += static_cast<float>(sums[static_cast<size_t>(i)]);
    }
  }
}

}  // namespace refrain::fake
