package dev.refrain.kernels.reference;

import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.TouchedRows;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The different rows among ids, distinct.h. */
final class DistinctReference {
  private DistinctReference() {}

  static void find(
      int limit, IndexBuffer first, IndexBuffer second, int secondCount, TouchedRows touched) {
    int capacity = touched.capacity();
    int firstCount = capacity - secondCount;
    int[] one = ((ReferenceIndices) first).data();
    int[] two = second == null ? new int[0] : ((ReferenceIndices) second).data();
    int[] rows = ((ReferenceIndices) touched.rows()).data();
    int[] count = ((ReferenceIndices) touched.count()).data();
    int[] slots = ((ReferenceIndices) touched.slots()).data();
    for (int g = 0; g < touched.groups(); g++) {
      Arrays.fill(rows, g * capacity, (g + 1) * capacity, -1);
      Map<Integer, Integer> slotOf = new HashMap<>();
      for (int i = 0; i < capacity; i++) {
        int id = i < firstCount ? one[g * firstCount + i] : two[g * secondCount + i - firstCount];
        if (id < 0 || id >= limit) {
          slots[g * capacity + i] = -1;
          continue;
        }
        if (!slotOf.containsKey(id)) {
          rows[g * capacity + slotOf.size()] = id;
          slotOf.put(id, slotOf.size());
        }
        slots[g * capacity + i] = slotOf.get(id);
      }
      count[g] = slotOf.size();
    }
  }
}
