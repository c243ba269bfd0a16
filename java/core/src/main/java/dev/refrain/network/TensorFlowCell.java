package dev.refrain.network;

import dev.refrain.io.TensorFlowLayout;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import java.util.List;

/** Which variables TensorFlow 1's cells have, and what they are here. */
enum TensorFlowCell {
  /** BasicRNNCell. */
  RNN("basic_rnn_cell", 1, "") {
    @Override
    TensorFlowLayout layout(int inputs, int hidden, int outputs) {
      return TensorFlowLayout.rnn(inputs, hidden);
    }

    @Override
    Cell cell(LstmCell untold, boolean peepholes, int projection) {
      return new RnnCell(untold.activation());
    }
  },

  /** LSTMCell and BasicLSTMCell. */
  LSTM("lstm_cell", 4, "") {
    @Override
    TensorFlowLayout layout(int inputs, int hidden, int outputs) {
      return TensorFlowLayout.lstm(inputs, hidden, outputs);
    }

    @Override
    Cell cell(LstmCell untold, boolean peepholes, int projection) {
      return new LstmCell(
          untold.activation(), untold.forgetBias(), peepholes, untold.cellClip(), projection);
    }
  },

  /** GRUCell, which has one kernel of the gates and one of the candidate. */
  GRU("gru_cell", 2, "gates/", "candidate/") {
    @Override
    TensorFlowLayout layout(int inputs, int hidden, int outputs) {
      return TensorFlowLayout.gru(inputs, hidden);
    }

    @Override
    Cell cell(LstmCell untold, boolean peepholes, int projection) {
      return new GruCell(untold.activation(), GruForm.RESET_BEFORE);
    }
  };

  static final String KERNEL = "kernel";
  static final String BIAS = "bias";

  /** An LSTM's peepholes, in the order of their rows here: i, f, o. */
  static final List<String> PEEPHOLES = List.of("w_i_diag", "w_f_diag", "w_o_diag");

  /** An LSTM's projection {@code [H, Q]}. */
  static final String PROJECTION = "projection/kernel";

  private final String cellName;
  private final int firstKernelGates;
  private final List<String> parts;

  TensorFlowCell(String cellName, int firstKernelGates, String... parts) {
    this.cellName = cellName;
    this.firstKernelGates = firstKernelGates;
    this.parts = List.of(parts);
  }

  /** What computes the same as a cell, activation and, of a GRU, form aside. */
  static TensorFlowCell of(Cell cell) {
    if (cell instanceof RnnCell) {
      return RNN;
    }
    return cell instanceof LstmCell ? LSTM : GRU;
  }

  /** TensorFlow's name of the cell's scope. */
  String cellName() {
    return cellName;
  }

  /** Gates whose columns the first kernel holds. */
  int firstKernelGates() {
    return firstKernelGates;
  }

  /** The scopes within the cell's that have a kernel and a bias each. */
  List<String> parts() {
    return parts;
  }

  /** How the kernels are laid out. */
  abstract TensorFlowLayout layout(int inputs, int hidden, int outputs);

  /** The cell here. */
  abstract Cell cell(LstmCell untold, boolean peepholes, int projection);
}
