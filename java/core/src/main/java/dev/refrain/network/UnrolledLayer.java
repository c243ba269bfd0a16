package dev.refrain.network;

import dev.refrain.kernels.Cell;
import dev.refrain.kernels.CellGradients;
import dev.refrain.kernels.CellParameters;
import dev.refrain.kernels.CellSequence;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.Kernels;
import java.util.ArrayList;
import java.util.List;

/** One layer of an {@link UnrolledNetwork}: its directions, each with all it reads and writes. */
final class UnrolledLayer {
  private final Cell cell;
  private final CellShape shape;
  private final List<Direction> directions = new ArrayList<>();

  UnrolledLayer(Cell cell, CellShape shape) {
    this.cell = cell;
    this.shape = shape;
  }

  /** Adds a direction; {@code gradients} is null where only forward runs. */
  void add(CellParameters parameters, CellSequence sequence, CellGradients gradients) {
    directions.add(new Direction(parameters, sequence, gradients));
  }

  void forward(Kernels kernels) {
    for (Direction d : directions) {
      cell.forward(kernels, shape, d.parameters, d.sequence);
    }
  }

  void backward(Kernels kernels) {
    for (Direction d : directions) {
      cell.backward(kernels, shape, d.parameters, d.sequence, d.gradients);
    }
  }

  private record Direction(
      CellParameters parameters, CellSequence sequence, CellGradients gradients) {}
}
