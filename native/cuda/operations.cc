#include "cuda/operations.h"

#include <cstdio>

namespace refrain::cuda {
namespace {

using Dimension = std::pair<const char*, int64_t>;

std::string shape(const char* name, std::initializer_list<Dimension> dimensions) {
  std::string text = name;
  const char* separator = " [";
  for (const auto& [letter, size] : dimensions) {
    text += separator;
    text += letter;
    text += "=" + std::to_string(size);
    separator = ", ";
  }
  return text + "]";
}

std::string cell(const char* name, const refrain_cell_shape& s) {
  return shape(name, {{"G", s.groups},
                      {"T", s.steps},
                      {"N", s.batch},
                      {"I", s.inputs},
                      {"H", s.hidden},
                      {"Q", s.outputs}});
}

std::string linear(const char* name, const refrain_linear_args& a) {
  return shape(name, {{"G", a.groups}, {"M", a.rows}, {"I", a.inputs}, {"O", a.outputs}});
}

std::string update(const char* name, const refrain_update& u) {
  return shape(name, {{"G", u.groups}, {"P", u.parameters}});
}

std::string rows_adam(const char* name, const refrain_rows_adam_args& a) {
  return shape(name, {{"G", a.groups}, {"V", a.rows}, {"D", a.columns}, {"R", a.most_touched}});
}

std::string clip(const char* name, const refrain_clip_args& a) {
  return shape(name, {{"G", a.groups}, {"P", a.parameters}});
}

template <class Args>
const Args& as(const void* arguments) {
  return *static_cast<const Args*>(arguments);
}

}  // namespace

std::string describe(int32_t operation, const void* arguments) {
  switch (operation) {
    case REFRAIN_OP_FILL:
      return shape("fill", {{"count", as<refrain_fill_args>(arguments).count}});
    case REFRAIN_OP_COPY: {
      const auto& a = as<refrain_copy_args>(arguments);
      return shape("copy", {{"G", a.groups}, {"rows", a.rows}, {"columns", a.columns}});
    }
    case REFRAIN_OP_RNN_FORWARD:
      return cell("rnn_forward", as<refrain_rnn_args>(arguments).shape);
    case REFRAIN_OP_RNN_BACKWARD:
      return cell("rnn_backward", as<refrain_rnn_args>(arguments).shape);
    case REFRAIN_OP_LSTM_FORWARD:
      return cell("lstm_forward", as<refrain_lstm_args>(arguments).shape);
    case REFRAIN_OP_LSTM_BACKWARD:
      return cell("lstm_backward", as<refrain_lstm_args>(arguments).shape);
    case REFRAIN_OP_GRU_FORWARD:
      return cell("gru_forward", as<refrain_gru_args>(arguments).shape);
    case REFRAIN_OP_GRU_BACKWARD:
      return cell("gru_backward", as<refrain_gru_args>(arguments).shape);
    case REFRAIN_OP_LINEAR_FORWARD:
      return linear("linear_forward", as<refrain_linear_args>(arguments));
    case REFRAIN_OP_LINEAR_BACKWARD:
      return linear("linear_backward", as<refrain_linear_args>(arguments));
    case REFRAIN_OP_LOSS: {
      const auto& a = as<refrain_loss_args>(arguments);
      return shape("loss", {{"G", a.groups}, {"T", a.steps}, {"N", a.batch}, {"O", a.outputs}});
    }
    case REFRAIN_OP_SGD:
      return update("sgd", as<refrain_sgd_args>(arguments).update);
    case REFRAIN_OP_ADAM:
      return update("adam", as<refrain_adam_args>(arguments).update);
    case REFRAIN_OP_RMSPROP:
      return update("rmsprop", as<refrain_rmsprop_args>(arguments).update);
    case REFRAIN_OP_ADAGRAD:
      return update("adagrad", as<refrain_adagrad_args>(arguments).update);
    case REFRAIN_OP_CLIP_VALUE:
      return clip("clip_value", as<refrain_clip_args>(arguments));
    case REFRAIN_OP_CLIP_NORM:
      return clip("clip_norm", as<refrain_clip_args>(arguments));
    case REFRAIN_OP_GATHER: {
      const auto& a = as<refrain_gather_args>(arguments);
      return shape("gather", {{"G", a.groups},
                              {"T", a.steps},
                              {"N", a.batch},
                              {"I", a.inputs},
                              {"O", a.outputs},
                              {"S", a.rows}});
    }
    case REFRAIN_OP_DROPOUT: {
      const auto& a = as<refrain_dropout_args>(arguments);
      return shape("dropout", {{"G", a.groups}, {"rows", a.rows}, {"columns", a.columns}});
    }
    case REFRAIN_OP_WORD2VEC: {
      const auto& a = as<refrain_word2vec_args>(arguments);
      return shape("word2vec", {{"V", a.vocabulary},
                                {"stride", a.row_stride},
                                {"window", a.window},
                                {"K", a.negatives}});
    }
    case REFRAIN_OP_ADVANCE:
      return shape("advance", {{"G", as<refrain_advance_args>(arguments).state.groups}});
    case REFRAIN_OP_SKIP_GRAMS: {
      const auto& a = as<refrain_skip_grams_args>(arguments);
      return shape("skip_grams", {{"G", a.groups}, {"N", a.batch}, {"length", a.length}});
    }
    case REFRAIN_OP_LOG_UNIFORM: {
      const auto& a = as<refrain_log_uniform_args>(arguments);
      return shape("log_uniform", {{"G", a.groups}, {"V", a.classes}, {"S", a.samples}});
    }
    case REFRAIN_OP_LOG_UNIFORM_EXPECTED: {
      const auto& a = as<refrain_log_uniform_args>(arguments);
      return shape("log_uniform_expected", {{"G", a.groups}, {"V", a.classes}, {"R", a.count}});
    }
    case REFRAIN_OP_DISTINCT: {
      const auto& a = as<refrain_distinct_args>(arguments);
      return shape("distinct", {{"G", a.groups}, {"A", a.first_count}, {"B", a.second_count}});
    }
    case REFRAIN_OP_NCE: {
      const auto& a = as<refrain_nce_args>(arguments);
      return shape("nce", {{"G", a.groups},
                           {"N", a.batch},
                           {"S", a.samples},
                           {"D", a.columns},
                           {"words", a.words},
                           {"classes", a.classes}});
    }
    case REFRAIN_OP_ROWS_ADAM_CATCH_UP:
      return rows_adam("rows_adam_catch_up", as<refrain_rows_adam_args>(arguments));
    case REFRAIN_OP_ROWS_ADAM:
      return rows_adam("rows_adam", as<refrain_rows_adam_args>(arguments));
    case REFRAIN_OP_ROWS_ADAM_SNAPSHOT:
      return rows_adam("rows_adam_snapshot", as<refrain_rows_adam_args>(arguments));
    case REFRAIN_OP_ROWS_SGD: {
      const auto& a = as<refrain_rows_sgd_args>(arguments);
      return shape("rows_sgd", {{"G", a.groups}, {"V", a.rows}, {"D", a.columns}, {"R", a.most_touched}});
    }
    default:
      return "operation " + std::to_string(operation);
  }
}

}  // namespace refrain::cuda
